// Selectors, dice, and what acts beside what.
#include "mock_providers/fate.hpp"

#include <algorithm>

#include "mock_providers/brief.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/window.hpp"

namespace chaos::mock_providers {

namespace {

using faults::Stage;

constexpr std::string_view all_tools = "tools";

/// When the fault's own time began, since clock zero; nothing: it still waits.
std::optional<net::Duration> zero_for(const FaultSpec& fault, const Occasion& occasion, const Milestones* milestones)
{
    const std::optional<After>& after = fault.when.after;
    // The request that completes the count is not after it.
    const bool of_its_own = after && after->counts_requests() && after->provider_of(fault.target) == fault.target;
    if (of_its_own && occasion.ordinal <= static_cast<std::uint64_t>(after->requests)) {
        return std::nullopt;
    }
    return own_zero(fault, fault.target, milestones);
}

/// Since the fault's own zero; nothing: before it, or before the clock was started.
std::optional<net::Duration> own_time(const FaultSpec& fault, const Occasion& occasion, const Milestones* milestones)
{
    const std::optional<net::Duration> zero = zero_for(fault, occasion, milestones);
    return zero && occasion.at && *occasion.at >= *zero ? std::optional(*occasion.at - *zero) : std::nullopt;
}

bool in_window(const FaultSpec& fault, const Occasion& occasion, const Milestones* milestones)
{
    if (!fault.when.after && !has_window(fault.when)) {
        return true;
    }
    const std::optional<net::Duration> at = own_time(fault, occasion, milestones);
    return at && is_open(fault.when, *at);
}

/// `every: 3` is the third, sixth, ... of the requests in range.
bool counts(const Selector& when, std::uint64_t ordinal)
{
    const auto number = static_cast<std::int64_t>(ordinal);
    if (when.requests && !when.requests->contains(number)) {
        return false;
    }
    const std::int64_t nth = when.requests ? number - when.requests->first + 1 : number;
    return !when.every || nth % *when.every == 0;
}

bool is_turn(const std::string& turn, const Occasion& occasion)
{
    return turn == "first" ? occasion.first_turn : turn == "after_tool" ? occasion.after_tool : occasion.final_turn;
}

bool has_headers(const std::vector<HeaderMatch>& wanted, const net::http::Headers* headers)
{
    return std::all_of(wanted.begin(), wanted.end(), [headers](const HeaderMatch& match) {
        return headers != nullptr && headers->find(match.name) == match.value;
    });
}

bool is_of_task(const config::Range& range, std::string_view task)
{
    const std::optional<std::int64_t> number = task_number(task);
    return number && range.contains(*number);
}

bool is_alike(const Selector& when, const Occasion& occasion)
{
    return has_headers(when.headers, occasion.headers) && (!when.task || is_of_task(*when.task, occasion.task)) &&
           (!when.stream || *when.stream == occasion.stream) && (!when.model || *when.model == occasion.model) &&
           (!when.step || when.step->contains(occasion.step)) && (!when.tool || *when.tool == occasion.tool) &&
           (!when.turn || is_turn(*when.turn, occasion));
}

/// A die is named by what it is about, never by when it was cast: then neither a race nor another fault re-rolls it.
net::Chance die(net::Chance chance, const FaultSpec& fault, const Occasion& occasion)
{
    const net::Chance own = chance.about(fault.name);
    if (occasion.task.empty()) {
        return own.about(occasion.ordinal);
    }
    return own.about(occasion.task).about(static_cast<std::uint64_t>(occasion.step)).about(occasion.nth_try);
}

}  // namespace

bool matches(const FaultSpec& fault, const Occasion& occasion, const Milestones* milestones)
{
    const bool of_one_tool = !occasion.tool.empty() && fault.target != all_tools;
    if (of_one_tool && fault.target != occasion.tool) {
        return false;
    }
    return in_window(fault, occasion, milestones) &&
           counts(fault.when, of_one_tool ? occasion.tool_ordinal : occasion.ordinal) && is_alike(fault.when, occasion);
}

std::vector<SharedFault> shared(std::vector<FaultSpec> faults)
{
    std::vector<SharedFault> result;
    for (FaultSpec& fault : faults) {
        result.push_back(std::make_shared<const FaultSpec>(std::move(fault)));
    }
    return result;
}

Fate::Fate(std::vector<FaultSpec> faults, net::Chance chance)
    : faults_(shared(std::move(faults))), injected_(faults_.size(), 0), chance_(chance)
{
}

void Fate::replace(std::vector<SharedFault> faults)
{
    std::vector<std::int64_t> counted;
    for (const SharedFault& fault : faults) {
        const auto before = std::find(faults_.begin(), faults_.end(), fault);
        counted.push_back(before == faults_.end() ? 0 : injected_[static_cast<std::size_t>(before - faults_.begin())]);
    }
    faults_ = std::move(faults);
    injected_ = std::move(counted);
}

bool Fate::is_due(std::size_t index, const Occasion& occasion,
                  const std::function<bool(const FaultSpec&)>& applies) const
{
    const FaultSpec& fault = *faults_[index];
    const bool used_up = fault.when.times && injected_[index] >= *fault.when.times;
    return !used_up && matches(fault, occasion, milestones_) && (!applies || applies(fault));
}

bool die_falls(const net::Chance& chance, const FaultSpec& fault, const Occasion& occasion,
               std::optional<net::Duration> at)
{
    return !fault.when.chance ||
           die(chance, fault, occasion).happens(at ? chance_at(fault.when, *at) : *fault.when.chance);
}

bool Fate::cast(Stage stage, Pick pick, const Occasion& occasion, const std::function<bool(const FaultSpec&)>& applies,
                std::vector<Cast>& casts)
{
    bool any = false;
    for (std::size_t index = 0; index < faults_.size(); ++index) {
        const FaultSpec& fault = *faults_[index];
        if (faults::stage_of(fault.parameters) != stage || !is_due(index, occasion, applies)) {
            continue;
        }
        const std::optional<net::Duration> at = own_time(fault, occasion, milestones_);
        const bool fell = die_falls(chance_, fault, occasion, at);
        const std::optional<net::Duration> end = at ? closes(fault.when, *at) : std::nullopt;
        casts.push_back({faults_[index], fell, end ? std::optional(*occasion.at - *at + *end) : std::nullopt});
        injected_[index] += fell ? 1 : 0;
        any = any || fell;
        if (fell && pick == Pick::first) {
            break;
        }
    }
    return any;
}

std::vector<Fate::Cast> Fate::decide(const Occasion& occasion, const std::function<bool(const FaultSpec&)>& applies)
{
    std::vector<Cast> casts;
    if (faults_.empty() || cast(Stage::opening, Pick::first, occasion, applies, casts)) {
        return casts;
    }
    const bool altered = cast(Stage::answer, Pick::first, occasion, applies, casts);
    cast(Stage::form, Pick::every, occasion, applies, casts);
    cast(Stage::pace, Pick::every, occasion, applies, casts);
    // Only the whole of an altered answer proves that it was altered, so nothing cuts it.
    if (!altered) {
        cast(Stage::ending, Pick::first, occasion, applies, casts);
    }
    return casts;
}

std::vector<Fate::Cast> Fate::decide(const Occasion& occasion)
{
    return decide(occasion, {});
}

std::vector<Fate::Cast> Fate::decide_connection(std::uint64_t ordinal, std::optional<net::Duration> at)
{
    Occasion occasion;
    occasion.at = at;
    occasion.ordinal = ordinal;
    std::vector<Cast> casts;
    const auto applies = [ordinal](const FaultSpec& fault) {
        const auto& connections = fault.when.connections;
        const bool of_single_connections = std::holds_alternative<faults::Reset>(fault.parameters) ||
                                           std::holds_alternative<faults::Tls>(fault.parameters);
        return of_single_connections &&
               (!connections || connections->contains(static_cast<std::int64_t>(ordinal)));
    };
    cast(Stage::connection, Pick::first, occasion, applies, casts);
    return casts;
}

}  // namespace chaos::mock_providers
