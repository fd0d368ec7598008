// Reading `router:`: one table of settings serves the reader, the defaults and the documentation.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <variant>

#include "router/policy.hpp"

namespace chaos::router {
namespace {

using DurationField = net::Duration& (*)(Policy&);
using CountField = int& (*)(Policy&);
using SwitchField = bool& (*)(Policy&);
using NamesField = std::vector<std::string>& (*)(Policy&);
using RateField = std::uint32_t& (*)(Policy&);
using Field = std::variant<DurationField, CountField, SwitchField, NamesField, RateField>;

struct Setting {
    std::string_view section;  ///< "" at the top of `router:`
    std::string_view key;
    std::string_view meaning;
    Field field;
    int low = 0;  ///< of a count; a duration with 1 must be longer than nothing
    int high = 0;
};

constexpr std::array<std::string_view, 3> sections{"timeouts", "retry", "breaker"};

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
    Setting{"", "repair_empty_turn", "Ask once more at the same provider, with a nudge, when a model answers nothing.",
            SwitchField([](Policy& p) -> bool& { return p.repair_empty_turn; })},
    Setting{"", "terminal_tools", "Tools after whose result an empty answer is legal.",
            NamesField([](Policy& p) -> std::vector<std::string>& { return p.terminal_tools; })},
};

void read_duration(const Setting& setting, net::Duration& value, config::MapReader& reader)
{
    value = reader.duration(setting.key, value);
    if (setting.low > 0 && value <= net::Duration{}) {
        reader.complaints().add(reader.at(setting.key), fmt::format("{}: must be longer than nothing", setting.key));
    }
}

void read_setting(const Setting& setting, Policy& policy, config::MapReader& reader)
{
    if (const auto* duration = std::get_if<DurationField>(&setting.field)) {
        read_duration(setting, (*duration)(policy), reader);
    } else if (const auto* count = std::get_if<CountField>(&setting.field)) {
        int& value = (*count)(policy);
        value = static_cast<int>(reader.integer(setting.key, value, setting.low, setting.high));
    } else if (const auto* flag = std::get_if<SwitchField>(&setting.field)) {
        bool& value = (*flag)(policy);
        value = reader.boolean(setting.key, value);
    } else if (const auto* rate = std::get_if<RateField>(&setting.field)) {
        std::uint32_t& value = (*rate)(policy);
        value = reader.rate(setting.key).value_or(value);
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
    return "none";
}

void read_section(std::string_view section, Policy& policy, config::MapReader& reader)
{
    for (const Setting& setting : settings) {
        if (setting.section == section) read_setting(setting, policy, reader);
    }
}

std::vector<std::string> read_chain(const config::Node& alias, const config::Node& node, config::Complaints& complaints,
                                    const std::vector<std::string>& targets)
{
    const std::string what = fmt::format("model '{}'", alias.text());
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
    std::vector<std::string> chain;
    for (const config::Node& member : members) {
        const auto name = config::read_text(member, complaints, what);
        if (!name) continue;
        if (std::find(targets.begin(), targets.end(), *name) == targets.end()) {
            complaints.add(member.at(), fmt::format("{}: there is no provider '{}'{}", what, *name,
                                                    config::did_you_mean(*name, targets)));
        } else if (std::find(chain.begin(), chain.end(), *name) != chain.end()) {
            complaints.add(member.at(), fmt::format("{}: provider '{}' is listed twice", what, *name));
        } else {
            chain.push_back(*name);
        }
    }
    return chain;
}

void read_models(config::MapReader& reader, Policy& policy, const std::vector<std::string>& targets)
{
    const auto node = reader.require("models");
    if (!node) return;
    config::MapReader models(*node, reader.complaints(), "models");
    const auto& entries = models.all();
    if (models.valid() && entries.empty()) reader.complaints().add(node->at(), "models: at least one model is needed");
    for (const auto& [alias, chain] : entries) {
        if (alias.text().empty()) reader.complaints().add(alias.at(), "models: a model needs a name");
        policy.models[alias.text()] = read_chain(alias, chain, reader.complaints(), targets);
    }
}

/// Two settings of one section of which the first must not exceed the second.
struct Order {
    std::string_view section;
    std::string_view smaller;
    std::string_view larger;
    DurationField low;
    DurationField high;
};
const std::array orders{
    Order{"timeouts", "connect", "total", [](Policy& p) -> net::Duration& { return p.timeouts.connect; },
          [](Policy& p) -> net::Duration& { return p.timeouts.total; }},
    Order{"timeouts", "first_token", "total", [](Policy& p) -> net::Duration& { return p.timeouts.first_token; },
          [](Policy& p) -> net::Duration& { return p.timeouts.total; }},
    Order{"timeouts", "idle", "total", [](Policy& p) -> net::Duration& { return p.timeouts.idle; },
          [](Policy& p) -> net::Duration& { return p.timeouts.total; }},
    Order{"retry", "backoff", "backoff_cap", [](Policy& p) -> net::Duration& { return p.retry.backoff; },
          [](Policy& p) -> net::Duration& { return p.retry.backoff_cap; }},
    Order{"breaker", "open_for", "open_cap", [](Policy& p) -> net::Duration& { return p.breaker.open_for; },
          [](Policy& p) -> net::Duration& { return p.breaker.open_cap; }},
};

/// A default that does not fit what was written gives way; what was written must fit.
void put_in_order(std::string_view section, Policy& policy, config::MapReader& reader)
{
    for (const Order& order : orders) {
        net::Duration& low = order.low(policy);
        const net::Duration high = order.high(policy);
        if (order.section != section || low <= high) continue;
        if (!reader.take(order.smaller)) {
            low = high;
            continue;
        }
        reader.complaints().add(reader.at(order.smaller),
                                fmt::format("{}.{} ({}) is longer than {}.{} ({})", section, order.smaller,
                                            net::to_string(low), section, order.larger, net::to_string(high)));
    }
}

}  // namespace

Policy read_policy(const config::Node& node, config::Complaints& complaints, const std::vector<std::string>& targets)
{
    Policy policy;
    config::MapReader reader(node, complaints, "router");
    read_models(reader, policy, targets);
    for (const std::string_view section : sections) {
        const auto inner = reader.take(section);
        if (!inner) continue;
        config::MapReader map(*inner, complaints, std::string(section));
        read_section(section, policy, map);
        put_in_order(section, policy, map);
        map.finish();
    }
    read_section("", policy, reader);
    reader.finish();
    return policy;
}

std::vector<SettingDoc> policy_settings()
{
    std::vector<SettingDoc> docs{
        {"models", "Model names and the providers behind each, in the order in which they are asked.", "required"}};
    for (const Setting& setting : settings) {
        const std::string key =
            setting.section.empty() ? std::string(setting.key) : fmt::format("{}.{}", setting.section, setting.key);
        docs.push_back({key, std::string(setting.meaning), default_of(setting)});
    }
    return docs;
}

}  // namespace chaos::router
