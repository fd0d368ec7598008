// Asks whether any effect happened twice, with other arguments than before, or without being planned. Identity is the
// effect token: a fallback asks for the same effect under a new tool-call id.
#include <fmt/format.h>

#include <map>
#include <optional>
#include <unordered_map>

#include "harness/checks/table.hpp"
#include "harness/checks/words.hpp"

namespace chaos::harness {
namespace {

using history::CheckResult;
using history::Event;
using history::Finding;
using history::Kind;
using history::Outcome;
using history::Verdict;
using mock_providers::ToolKind;

/// What was asked for and what happened under one effect token.
struct Effect {
    std::string token;
    std::string task;
    std::string tool;
    std::vector<std::uint64_t> performed;
    std::vector<std::uint64_t> altered;    ///< performed or replayed with other arguments than at first
    std::optional<std::string> arguments;  ///< digest of the first ones
    std::vector<std::uint64_t> sent;
    std::vector<std::string> keys;   ///< of the calls that were sent, each once; one call sent again keeps its key
    std::vector<std::string> turns;  ///< "task/turn" they came from, one for each key
    bool reply_lost = false;
};

class SideEffects final : public Check {
public:
    SideEffects(const Plan& plan, const Book& book) : plan_(plan), book_(book)
    {
        for (const auto& tool : plan.scenario.tools) kinds_[tool.name] = tool.kind;
        for (const PlannedTask& task : plan.tasks) {
            for (const std::string& effect : task.effects) planned_.emplace(effect, task.brief.task);
        }
    }

    void see(const Event& event) override
    {
        switch (event.kind) {
            case Kind::tool_sent:
                see_sent(event);
                break;
            case Kind::tool_ended:
                if (event.outcome == Outcome::unknown) of(event).reply_lost = true;
                break;
            case Kind::effect_performed:
                if (event.fault.empty()) {
                    of(event).performed.push_back(event.number);
                } else {
                    see_second_delivery(event);
                }
                see_arguments(event);
                break;
            case Kind::effect_replayed:
                see_arguments(event);
                break;
            default:
                break;
        }
    }

    std::vector<CheckResult> finish() override
    {
        CheckResult result;
        result.id = "side_effects";
        result.check = "side_effects";
        result.expectation = "no side effect happens twice, altered or unplanned";
        result.limit = "at most once";
        result.source = *plan_.scenario.expect.side_effects_at_most_once;
        for (const Effect& effect : effects_) weigh(effect, result);
        result.measured = fmt::format("{} of {} performed once", once_, counted(planned_.size(), "planned effect"));
        if (!result.findings.empty()) {
            result.verdict = Verdict::fail;
            result.reason = summary();
        } else if (once_ == 0) {
            result.measured.clear();
            result.reason = "no effect was performed, so none could happen twice";
        } else {
            result.verdict = Verdict::pass;
        }
        return {std::move(result)};
    }

    std::vector<std::string> warnings() const override { return warnings_; }

private:
    /// The subject brought the call once; it is the transport that delivered it again.
    void see_second_delivery(const Event& event)
    {
        const auto kind = kinds_.find(event.tool);
        if (kind != kinds_.end() && (kind->second == ToolKind::read_only || kind->second == ToolKind::idempotent)) return;
        warnings_.push_back(fmt::format("{} performed {} once more when {} delivered the call again: it had no idempotency key",
                                        event.tool, quoted(event.effect), event.fault));
    }

    Effect& of(const Event& event)
    {
        const auto [place, fresh] = index_.try_emplace(event.effect, effects_.size());
        if (fresh) {
            effects_.emplace_back().token = event.effect;
            effects_.back().task = event.task;
            effects_.back().tool = event.tool;
        }
        return effects_[place->second];
    }

    void see_sent(const Event& event)
    {
        Effect& effect = of(event);
        effect.sent.push_back(event.number);
        if (!effect.keys.empty() && effect.keys.back() == event.key) return;
        effect.keys.push_back(event.key);
        effect.turns.push_back(event.request);
    }

    void see_arguments(const Event& event)
    {
        Effect& effect = of(event);
        if (!effect.arguments) effect.arguments = event.text;
        if (*effect.arguments != event.text) effect.altered.push_back(event.number);
    }

    void weigh(const Effect& effect, CheckResult& result)
    {
        if (effect.performed.empty() && effect.altered.empty()) return;  // zero is always legal
        const auto kind = kinds_.find(effect.tool);
        const bool known = kind != kinds_.end();
        if (known && kind->second == ToolKind::read_only) return;
        const bool may_repeat = known && kind->second == ToolKind::idempotent;
        if (!planned_.contains(effect.token)) {
            ++unexpected_;
            result.findings.push_back(finding_of(
                effect, fmt::format("{} performed {}, which no task asks for", effect.tool, quoted(effect.token))));
        } else if (effect.performed.size() > 1 && !may_repeat) {
            ++repeated_;
            result.findings.push_back(finding_of(
                effect, fmt::format("{} performed {} {} times", effect.tool, effect.token, effect.performed.size())));
        } else if (!effect.altered.empty()) {
            ++altered_;
            result.findings.push_back(
                finding_of(effect, fmt::format("{} got {} again with other arguments", effect.tool, effect.token)));
        } else {
            ++once_;
        }
    }

    Finding finding_of(const Effect& effect, const std::string& what) const
    {
        Finding finding;
        finding.message = fmt::format("{}: {}", what, who_asked(effect));
        if (effect.performed.size() > 1 && !effect.altered.empty()) finding.message += "; the arguments differ";
        if (effect.reply_lost) finding.message += "; a reply was lost before, which allows zero or one, not two";
        finding.events = effect.sent;
        finding.events.insert(finding.events.end(), effect.performed.begin(), effect.performed.end());
        finding.events.insert(finding.events.end(), effect.altered.begin(), effect.altered.end());
        std::sort(finding.events.begin(), finding.events.end());
        finding.events.erase(std::unique(finding.events.begin(), finding.events.end()), finding.events.end());
        finding.task = effect.task;
        const BookedRequest* request = effect.turns.empty() ? nullptr : book_.find_turn(effect.turns.back());
        if (request != nullptr) finding.request = request->name;
        return finding;
    }

    /// Whether the subject brought the call twice, several turns asked for it, or the caller repeated what it got once.
    std::string who_asked(const Effect& effect) const
    {
        if (effect.sent.empty()) return "nobody is known to have asked for it";
        if (effect.keys.size() == 1) {
            return effect.sent.size() == 1 ? fmt::format("the caller sent it once, for {}", asker(effect.turns[0]))
                                           : fmt::format("the caller sent one call {} times, for {}",
                                                         effect.sent.size(), asker(effect.turns[0]));
        }
        const bool one_turn = std::all_of(effect.turns.begin(), effect.turns.end(),
                                          [&](const auto& turn) { return turn == effect.turns[0]; });
        if (one_turn) {
            return fmt::format("the answer to {} brought the call {} times", asker(effect.turns[0]),
                               effect.keys.size());
        }
        std::vector<std::string> askers;
        for (const std::string& turn : effect.turns) askers.push_back(asker(turn));
        return fmt::format("asked for by {}", listed(askers));
    }

    /// "otter/2 (primary#3, backup#4)"
    std::string asker(const std::string& turn) const
    {
        const BookedRequest* request = book_.find_turn(turn);
        if (request == nullptr || request->marks.empty()) return turn;
        return fmt::format("{} ({})", turn, listed(request->marks));
    }

    std::string summary() const
    {
        std::vector<std::string> parts;
        if (repeated_ > 0) parts.push_back(fmt::format("{} performed more than once", counted(repeated_, "effect")));
        if (altered_ > 0) parts.push_back(fmt::format("{} altered", altered_));
        if (unexpected_ > 0) parts.push_back(fmt::format("{} not planned", unexpected_));
        return listed(parts);
    }

    const Plan& plan_;
    const Book& book_;
    std::map<std::string, ToolKind> kinds_;
    std::unordered_map<std::string, std::string> planned_;  ///< effect token -> task; only looked up
    std::unordered_map<std::string, std::size_t> index_;    ///< only looked up
    std::vector<Effect> effects_;                           ///< in order of appearance
    std::vector<std::string> warnings_;
    std::uint64_t once_ = 0;
    std::uint64_t repeated_ = 0;
    std::uint64_t altered_ = 0;
    std::uint64_t unexpected_ = 0;
};

}  // namespace

std::unique_ptr<Check> make_side_effects(const Plan& plan, const Book& book)
{
    if (!plan.scenario.expect.side_effects_at_most_once) return nullptr;
    return std::make_unique<SideEffects>(plan, book);
}

}  // namespace chaos::harness
