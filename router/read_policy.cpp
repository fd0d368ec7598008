// Reading `router:`: one table of settings serves the reader, the defaults and the documentation.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <variant>

#include "config/duration_rules.hpp"
#include "router/policy.hpp"

namespace chaos::router {
namespace {

using DurationField = net::Duration& (*)(Policy&);
using CountField = int& (*)(Policy&);
using SwitchField = bool& (*)(Policy&);
using NamesField = std::vector<std::string>& (*)(Policy&);
using RateField = std::uint32_t& (*)(Policy&);
using TextField = std::string& (*)(Policy&);
/// One of some words; the field holds its place among them.
struct ChoiceField {
    std::vector<std::string> words;
    std::size_t (*get)(const Policy&);
    void (*set)(Policy&, std::size_t);
};
using Field = std::variant<DurationField, CountField, SwitchField, NamesField, RateField, TextField, ChoiceField>;

template <auto Section, auto Member>
ChoiceField choice_of(std::vector<std::string> words)
{
    return {std::move(words), [](const Policy& p) { return static_cast<std::size_t>(p.*Section.*Member); },
            [](Policy& p, std::size_t place) {
                auto& field = p.*Section.*Member;
                field = static_cast<std::remove_reference_t<decltype(field)>>(place);
            }};
}

struct Setting {
    std::string_view section;  ///< "" at the top of `router:`
    std::string_view key;
    std::string_view meaning;
    Field field;
    int low = 0;  ///< of a count; a duration with 1 must be longer than nothing
    int high = 0;
};

/// In the order in which they are read: what one is held against stands before it.
constexpr std::array<std::string_view, 7> sections{"timeouts", "retry", "breaker",     "session",
                                                   "hedge",    "probe", "status_pages"};

const std::array settings{
    Setting{"timeouts", "connect", "Time to get a connection to a provider.",
            DurationField([](Policy& p) -> net::Duration& { return p.timeouts.connect; }), 1},
    Setting{"timeouts", "first_token",
            "Time from the request's last byte to the first content; of an answer that is not streamed, to its head. "
            "The last "
            "provider of a chain may take all the time that is left.",
            DurationField([](Policy& p) -> net::Duration& { return p.timeouts.first_token; }), 1},
    Setting{"timeouts", "idle", "Longest silence between two pieces of content. Comments and pings are silence.",
            DurationField([](Policy& p) -> net::Duration& { return p.timeouts.idle; }), 1},
    Setting{"timeouts", "total", "One deadline for a whole request of a caller, over all attempts.",
            DurationField([](Policy& p) -> net::Duration& { return p.timeouts.total; }), 1},
    Setting{"retry", "max_attempts", "Attempts for one request of a caller, over all providers.",
            CountField([](Policy& p) -> int& { return p.retry.max_attempts; }), 1, 100},
    Setting{"retry", "same_provider",
            "Retries at one provider after a failure of the moment (5xx, 408, 409, 529, a reset).",
            CountField([](Policy& p) -> int& { return p.retry.same_provider; }), 0, 10},
    Setting{"retry", "backoff",
            "Longest pause before the first retry; doubles with each; the real pause is any part of it.",
            DurationField([](Policy& p) -> net::Duration& { return p.retry.backoff; })},
    Setting{"retry", "backoff_cap", "What the longest pause stops doubling at.",
            DurationField([](Policy& p) -> net::Duration& { return p.retry.backoff_cap; })},
    Setting{"retry", "wait_if_under",
            "A rate limit whose Retry-After is shorter is waited for instead of moving to the next provider.",
            DurationField([](Policy& p) -> net::Duration& { return p.retry.wait_if_under; })},
    Setting{"retry", "budget", "Retries at a provider, as a share of its requests in the last ten seconds.",
            RateField([](Policy& p) -> std::uint32_t& { return p.retry.budget; })},
    Setting{"retry", "budget_minimum", "Retries at a provider in ten seconds that are allowed in any case.",
            CountField([](Policy& p) -> int& { return p.retry.budget_minimum; }), 0, 100'000},
    Setting{"breaker", "failures", "Consecutive failures after which a provider is left alone.",
            CountField([](Policy& p) -> int& { return p.breaker.failures; }), 1, 1000},
    Setting{"breaker", "window", "The while over which failures are counted as a share.",
            DurationField([](Policy& p) -> net::Duration& { return p.breaker.window; }), 1},
    Setting{"breaker", "window_share",
            "It is left alone too when at least this share of its requests in that while failed,",
            RateField([](Policy& p) -> std::uint32_t& { return p.breaker.window_share; })},
    Setting{"breaker", "window_minimum", "provided that there were at least so many.",
            CountField([](Policy& p) -> int& { return p.breaker.window_minimum; }), 1, 100'000},
    Setting{"breaker", "open_for", "How long; doubles with each probe that fails.",
            DurationField([](Policy& p) -> net::Duration& { return p.breaker.open_for; }), 1},
    Setting{"breaker", "open_cap", "What that stops doubling at.",
            DurationField([](Policy& p) -> net::Duration& { return p.breaker.open_cap; }), 1},
    Setting{"breaker", "probe_lease", "After this long without a result a probe counts as lost and the next may go.",
            DurationField([](Policy& p) -> net::Duration& { return p.breaker.probe_lease; }), 1},
    Setting{"breaker", "account_rest",
            "Rest of a provider that refused its key, whose account is exhausted or whose model is gone.",
            DurationField([](Policy& p) -> net::Duration& { return p.breaker.account_rest; }), 1},
    Setting{"session", "header",
            "The header that names a caller's session. Without it the system prompt and the first user turn do.",
            TextField([](Policy& p) -> std::string& { return p.session.header; })},
    Setting{"session", "return",
            "When a session that failed over goes back to the first of its chain: when_healthy, next_task (with a new "
            "user turn) or never.",
            choice_of<&Policy::session, &SessionPolicy::back>({"when_healthy", "next_task", "never"})},
    Setting{"session", "expires", "A session that is not heard of for so long is forgotten.",
            DurationField([](Policy& p) -> net::Duration& { return p.session.expires; }), 1},
    Setting{"session", "limit", "Sessions that are remembered at most; the one not heard of longest goes first.",
            CountField([](Policy& p) -> int& { return p.session.limit; }), 1, 1'000'000},
    Setting{
        "hedge", "after",
        "A provider that has been silent for so long is not waited for alone: another is asked beside it, once for a "
        "request, and who has something valid to give first answers; an error never wins. Shorter than "
        "timeouts.first_token. 0s: never.",
        DurationField([](Policy& p) -> net::Duration& { return p.hedge.after; })},
    Setting{"probe", "every", "Time between two health probes of a provider. 0s: none are made.",
            DurationField([](Policy& p) -> net::Duration& { return p.probe.every; })},
    Setting{"probe", "when", "Whom they are for: resting (open or resting providers only) or always.",
            choice_of<&Policy::probe, &ProbePolicy::when>({"resting", "always"})},
    Setting{"probe", "how", "What they are: models (GET /models) or completion (of one token; it costs).",
            choice_of<&Policy::probe, &ProbePolicy::how>({"models", "completion"})},
    Setting{"probe", "timeout", "A probe that takes longer has failed.",
            DurationField([](Policy& p) -> net::Duration& { return p.probe.timeout; }), 1},
    Setting{"status_pages", "every", "Time between two looks at a provider's status page. 0s: none.",
            DurationField([](Policy& p) -> net::Duration& { return p.status_pages.every; })},
    Setting{"status_pages", "timeout", "A look that takes longer has failed, and changes nothing.",
            DurationField([](Policy& p) -> net::Duration& { return p.status_pages.timeout; }), 1},
    Setting{"status_pages", "good_for", "A report older than this counts for nothing.",
            DurationField([](Policy& p) -> net::Duration& { return p.status_pages.good_for; }), 1},
    Setting{"", "repair_empty_turn", "Ask once more at the same provider, with a nudge, when a model answers nothing.",
            SwitchField([](Policy& p) -> bool& { return p.repair_empty_turn; })},
    Setting{"", "commit",
            "What of a stream goes to the caller before the turn is complete: its text (calls are held until they are "
            "complete and valid), or nothing, not even text, so that another provider can take over until the very "
            "end (turn).",
            ChoiceField{{"text", "turn"},
                        [](const Policy& p) -> std::size_t { return p.hold_turns ? 1 : 0; },
                        [](Policy& p, std::size_t place) { p.hold_turns = place == 1; }}},
    Setting{"", "continue_text",
            "Let another provider go on with a text that broke off, if it holds no call and the words join; else the "
            "caller gets the error.",
            SwitchField([](Policy& p) -> bool& { return p.continue_text; })},
    Setting{"", "count_usage",
            "Have streams say what they used, for logs and metrics, also where the caller does not ask.",
            SwitchField([](Policy& p) -> bool& { return p.count_usage; })},
    Setting{"", "terminal_tools", "Tools after whose result an empty answer is legal.",
            NamesField([](Policy& p) -> std::vector<std::string>& { return p.terminal_tools; })},
};

void read_setting(const Setting& setting, Policy& policy, config::MapReader& reader)
{
    if (const auto* duration = std::get_if<DurationField>(&setting.field)) {
        net::Duration& value = (*duration)(policy);
        value = setting.low > 0 ? config::read_positive_duration(reader, setting.key, value)
                                : reader.duration(setting.key, value);
    } else if (const auto* count = std::get_if<CountField>(&setting.field)) {
        int& value = (*count)(policy);
        value = static_cast<int>(reader.integer(setting.key, value, setting.low, setting.high));
    } else if (const auto* flag = std::get_if<SwitchField>(&setting.field)) {
        bool& value = (*flag)(policy);
        value = reader.boolean(setting.key, value);
    } else if (const auto* rate = std::get_if<RateField>(&setting.field)) {
        std::uint32_t& value = (*rate)(policy);
        value = reader.rate(setting.key).value_or(value);
    } else if (const auto* text = std::get_if<TextField>(&setting.field)) {
        (*text)(policy) = reader.text(setting.key, (*text)(policy));
    } else if (const auto* choice = std::get_if<ChoiceField>(&setting.field)) {
        if (const auto word = reader.choice(setting.key, choice->words)) {
            const auto place = std::find(choice->words.begin(), choice->words.end(), *word);
            choice->set(policy, static_cast<std::size_t>(place - choice->words.begin()));
        }
    } else if (const auto* names = std::get_if<NamesField>(&setting.field)) {
        (*names)(policy) = reader.texts(setting.key);
    }
}

/// Defaults are whole percents.
std::string percent(std::uint32_t parts_per_million)
{
    return std::to_string(parts_per_million / 10'000) + "%";
}

std::string default_of(const Setting& setting)
{
    Policy policy;
    if (const auto* duration = std::get_if<DurationField>(&setting.field)) return net::to_string((*duration)(policy));
    if (const auto* count = std::get_if<CountField>(&setting.field)) return std::to_string((*count)(policy));
    if (const auto* flag = std::get_if<SwitchField>(&setting.field)) return (*flag)(policy) ? "true" : "false";
    if (const auto* rate = std::get_if<RateField>(&setting.field)) return percent((*rate)(policy));
    if (const auto* choice = std::get_if<ChoiceField>(&setting.field)) return choice->words.at(choice->get(policy));
    return "none";
}

void read_section(std::string_view section, Policy& policy, config::MapReader& reader)
{
    for (const Setting& setting : settings) {
        if (setting.section == section) read_setting(setting, policy, reader);
    }
}

/// A provider's name, or a map with the name and what it is in this chain.
std::optional<ChainMember> read_member(const config::Node& node, config::Complaints& complaints,
                                       const std::string& what)
{
    ChainMember member;
    if (node.kind() != config::NodeKind::map) {
        const auto name = config::read_text(node, complaints, what);
        if (!name) return std::nullopt;
        member.provider = *name;
        return member;
    }
    config::MapReader reader(node, complaints, what);
    if (const auto provider = reader.require("provider"))
        member.provider = config::read_text(*provider, complaints, "provider").value_or("");
    member.weight = static_cast<int>(reader.integer("weight", member.weight, 0, 1'000'000));
    member.tier = static_cast<int>(reader.integer("tier", member.tier, 1, 100));
    reader.finish();
    if (member.provider.empty()) return std::nullopt;
    return member;
}

std::vector<ChainMember> read_chain(const config::Node& node, config::Complaints& complaints, const std::string& what,
                                    const std::vector<std::string>& targets)
{
    std::vector<config::Node> members;
    if (node.kind() == config::NodeKind::scalar) {
        members.push_back(node);
    } else if (node.kind() == config::NodeKind::sequence) {
        members = node.items();
    } else {
        complaints.add(node.at(), fmt::format("{}: expected a list of providers, found {}", what, node.kind_name()));
        return {};
    }
    if (members.empty()) complaints.add(node.at(), fmt::format("{}: the list of providers is empty", what));
    std::vector<ChainMember> chain;
    for (const config::Node& item : members) {
        const auto member = read_member(item, complaints, what);
        if (!member) continue;
        const std::string& name = member->provider;
        const auto same = [&](const ChainMember& other) { return other.provider == name; };
        if (std::find(targets.begin(), targets.end(), name) == targets.end()) {
            complaints.add(item.at(), fmt::format("{}: there is no provider '{}'{}", what, name,
                                                  config::did_you_mean(name, targets)));
        } else if (std::any_of(chain.begin(), chain.end(), same)) {
            complaints.add(item.at(), fmt::format("{}: provider '{}' is listed twice", what, name));
        } else {
            chain.push_back(*member);
        }
    }
    return chain;
}

/// A chain alone, or a map with the chain and its strategy.
Alias read_alias(const config::Node& name, const config::Node& node, config::Complaints& complaints,
                 const std::vector<std::string>& targets)
{
    const std::string what = fmt::format("model '{}'", name.text());
    Alias alias;
    if (node.kind() != config::NodeKind::map) {
        alias.chain = read_chain(node, complaints, what, targets);
        return alias;
    }
    const std::vector<std::string> words{"priority", "weighted", "least_latency"};
    config::MapReader reader(node, complaints, what);
    if (const auto chain = reader.require("chain")) alias.chain = read_chain(*chain, complaints, what, targets);
    if (const auto word = reader.choice("strategy", words)) {
        alias.strategy = static_cast<ChainStrategy>(std::find(words.begin(), words.end(), *word) - words.begin());
    }
    reader.finish();
    const bool no_odds = alias.strategy == ChainStrategy::weighted && !alias.chain.empty() &&
                         std::all_of(alias.chain.begin(), alias.chain.end(),
                                     [](const ChainMember& member) { return member.weight == 0; });
    if (no_odds) complaints.add(node.at(), fmt::format("{}: every weight is 0", what));
    return alias;
}

void read_models(config::MapReader& reader, Policy& policy, const std::vector<std::string>& targets)
{
    const auto node = reader.require("models");
    if (!node) return;
    config::MapReader models(*node, reader.complaints(), "models");
    const auto& entries = models.all();
    if (models.valid() && entries.empty()) reader.complaints().add(node->at(), "models: at least one model is needed");
    for (const auto& [name, value] : entries) {
        if (name.text().empty()) reader.complaints().add(name.at(), "models: a model needs a name");
        policy.models[name.text()] = read_alias(name, value, reader.complaints(), targets);
    }
}

void read_providers_policy(config::MapReader& reader, Policy& policy, const std::vector<std::string>& targets)
{
    const auto node = reader.take("providers");
    if (!node) return;
    config::MapReader providers(*node, reader.complaints(), "router.providers");
    for (const auto& [name, value] : providers.all()) {
        if (std::find(targets.begin(), targets.end(), name.text()) == targets.end()) {
            reader.complaints().add(name.at(), fmt::format("router.providers: there is no provider '{}'{}", name.text(),
                                                           config::did_you_mean(name.text(), targets)));
        }
        config::MapReader map(value, reader.complaints(), fmt::format("router.providers.{}", name.text()));
        policy.providers[name.text()] = read_provider_policy(map);
        map.finish();
    }
}

struct Order {
    config::DurationOrder names;
    DurationField low;
    DurationField high;
};
const std::array orders{
    Order{{"timeouts", "connect", "total"},
          [](Policy& p) -> net::Duration& { return p.timeouts.connect; },
          [](Policy& p) -> net::Duration& { return p.timeouts.total; }},
    Order{{"timeouts", "first_token", "total"},
          [](Policy& p) -> net::Duration& { return p.timeouts.first_token; },
          [](Policy& p) -> net::Duration& { return p.timeouts.total; }},
    Order{{"timeouts", "idle", "total"},
          [](Policy& p) -> net::Duration& { return p.timeouts.idle; },
          [](Policy& p) -> net::Duration& { return p.timeouts.total; }},
    Order{{"retry", "backoff", "backoff_cap"},
          [](Policy& p) -> net::Duration& { return p.retry.backoff; },
          [](Policy& p) -> net::Duration& { return p.retry.backoff_cap; }},
    Order{{"breaker", "open_for", "open_cap"},
          [](Policy& p) -> net::Duration& { return p.breaker.open_for; },
          [](Policy& p) -> net::Duration& { return p.breaker.open_cap; }},
};

void put_in_order(std::string_view section, Policy& policy, config::MapReader& reader)
{
    for (const Order& order : orders) {
        if (order.names.section == section)
            config::keep_in_order(reader, order.names, order.low(policy), order.high(policy));
    }
}

/// At the most patient provider; `elsewhere` stands beside `policy.providers`.
net::Duration longest_first_token(const Policy& policy, const std::map<std::string, ProviderPolicy>& elsewhere,
                                  const std::vector<std::string>& targets)
{
    std::optional<net::Duration> longest;
    for (const std::string& target : targets) {
        net::Duration applies = policy.timeouts.first_token;
        for (const auto* own : {&policy.providers, &elsewhere}) {
            const auto found = own->find(target);
            if (found != own->end()) applies = found->second.first_token.value_or(applies);
        }
        longest = std::max(longest.value_or(applies), applies);
    }
    return longest.value_or(policy.timeouts.first_token);
}

void keep_hedge_in_time(const Policy& policy, net::Duration first_token, config::MapReader& hedge)
{
    if (policy.hedge.after < first_token || policy.hedge.after <= net::Duration{}) return;
    hedge.complaints().add(
        hedge.at("after"),
        fmt::format("hedge.after ({}) is not shorter than timeouts.first_token ({}): the silent provider would be "
                    "given up before another is asked beside it",
                    net::to_string(policy.hedge.after), net::to_string(first_token)));
}

}  // namespace

Alias plain_chain(const std::vector<std::string>& providers)
{
    Alias alias;
    for (const std::string& provider : providers) {
        ChainMember member;
        member.provider = provider;
        alias.chain.push_back(std::move(member));
    }
    return alias;
}

Policy read_policy(const config::Node& node, config::Complaints& complaints, const std::vector<std::string>& targets,
                   const std::map<std::string, ProviderPolicy>& elsewhere)
{
    Policy policy;
    config::MapReader reader(node, complaints, "router");
    read_models(reader, policy, targets);
    read_providers_policy(reader, policy, targets);
    for (const std::string_view section : sections) {
        const auto inner = reader.take(section);
        if (!inner) continue;
        config::MapReader map(*inner, complaints, std::string(section));
        read_section(section, policy, map);
        put_in_order(section, policy, map);
        if (section == "hedge") keep_hedge_in_time(policy, longest_first_token(policy, elsewhere, targets), map);
        map.finish();
    }
    read_section("", policy, reader);
    reader.finish();
    return policy;
}

std::vector<SettingDoc> policy_settings()
{
    std::vector<SettingDoc> docs{
        {"models",
         "Model names and the providers behind each, in the order in which they are asked. In full: {strategy: "
         "priority "
         "| weighted | least_latency, chain: [{provider: a, weight: 3, tier: 1}, b]}.",
         "required"},
        {"providers",
         "Only in scenarios: what holds at one provider, by its name; the keys from timeouts.connect on of the list "
         "above. A configuration has them in the provider's own entry.",
         "none"}};
    for (const Setting& setting : settings) {
        const std::string key =
            setting.section.empty() ? std::string(setting.key) : fmt::format("{}.{}", setting.section, setting.key);
        docs.push_back({key, std::string(setting.meaning), default_of(setting)});
    }
    return docs;
}

}  // namespace chaos::router
