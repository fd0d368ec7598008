// Reads one entry of `faults:`, strictly: a fault that could never happen as written is refused with the reason.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "mock_providers/faults/read_when.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/window.hpp"

namespace chaos::mock_providers::faults {

namespace {

constexpr std::string_view word_for_all_tools = "tools";

/// The word after `inject:` and what stands behind it.
struct Injection {
    const Entry* entry = nullptr;
    Parameters parameters;
};

std::vector<std::string> fault_names()
{
    std::vector<std::string> names;
    for (const Entry& entry : vocabulary()) {
        names.push_back(entry.name);
    }
    return names;
}

std::optional<Injection> read_injection(const config::Node& node, config::Complaints& complaints)
{
    const bool bare = node.kind() == config::NodeKind::scalar;
    if (!bare && (node.kind() != config::NodeKind::map || node.entries().size() != 1)) {
        complaints.add(node.at(),
                       fmt::format("inject is {}, but must be one fault: `inject: blackhole`, or with parameters "
                                   "`inject: {{rate_limit: {{retry_after: 2s}}}}`",
                                   node.kind() == config::NodeKind::map ? "a map of several" : node.kind_name()));
        return std::nullopt;
    }
    const config::Node& word = bare ? node : node.entries().front().first;
    const Entry* entry = find(word.text());
    if (entry == nullptr) {
        complaints.add(word.at(), fmt::format("unknown fault '{}'{}", word.text(),
                                              config::did_you_mean(word.text(), fault_names())));
        return std::nullopt;
    }
    return Injection{entry, entry->read(bare ? config::Node() : node.entries().front().second, complaints)};
}

Selector read_selector(config::MapReader& map, const std::vector<std::string>& providers,
                       const std::vector<std::string>& tools)
{
    Selector when;
    read_when(map, providers, tools, when);
    when.from = map.duration("from");
    when.until = map.duration("until");
    when.connections = map.range("connections");
    when.requests = map.range("requests");
    when.every = map.integer("every", 1, 1'000'000);
    when.times = map.integer("times", 1, 1'000'000);
    when.chance = map.rate("chance");
    when.at_least = map.integer("at_least", 1, 1'000'000);
    if (const auto stream = map.take("stream")) {
        when.stream = config::read_boolean(*stream, map.complaints(), "stream");
    }
    when.model = map.text("model");
    when.task = map.range("task");
    when.step = map.range("step");
    when.tool = map.text("tool");
    when.turn = map.choice("turn", {"first", "after_tool", "final"});
    return when;
}

/// Which layers a selector can pick occasions for.
struct Family {
    std::string_view key;
    bool (*given)(const Selector&);
    bool connection;
    bool request;
    bool tool;
};

constexpr std::array families = {
    Family{"connections", [](const Selector& when) { return when.connections.has_value(); }, true, false, false},
    Family{"requests", [](const Selector& when) { return when.requests.has_value(); }, false, true, true},
    Family{"every", [](const Selector& when) { return when.every.has_value(); }, false, true, true},
    Family{"times", [](const Selector& when) { return when.times.has_value(); }, false, true, true},
    Family{"stream", [](const Selector& when) { return when.stream.has_value(); }, false, true, false},
    Family{"model", [](const Selector& when) { return when.model.has_value(); }, false, true, false},
    Family{"ramp", [](const Selector& when) { return when.ramp.has_value(); }, false, true, true},
    Family{"header", [](const Selector& when) { return !when.headers.empty(); }, false, true, false},
    Family{"task", [](const Selector& when) { return when.task.has_value(); }, false, true, true},
    Family{"step", [](const Selector& when) { return when.step.has_value(); }, false, true, true},
    Family{"tool", [](const Selector& when) { return when.tool.has_value(); }, false, false, true},
    Family{"turn", [](const Selector& when) { return when.turn.has_value(); }, false, true, false},
};

std::string_view acts_where(Layer layer)
{
    switch (layer) {
        case Layer::connection:
            return "acts on connections, before there is a request";
        case Layer::request:
            return "acts on requests to a provider";
        case Layer::tool:
            return "acts on calls of tools";
    }
    return "";
}

std::string_view picks_what(const Family& family)
{
    if (family.connection) {
        return "picks connections";
    }
    return family.request ? "picks requests" : "picks calls of tools";
}

bool serves(const Family& family, Layer layer)
{
    return layer == Layer::connection ? family.connection : layer == Layer::request ? family.request : family.tool;
}

/// How the same fault is said so that it acts on requests, if it can be.
std::string_view request_form(std::string_view fault)
{
    if (fault == "blackhole") {
        return "; say `inject: {blackhole: {at: request}}` for single requests";
    }
    if (fault == "latency" || fault == "bandwidth") {
        return "; say `inject: slow` for single requests";
    }
    return fault == "reset" ? "; say `inject: {reset: {at: request}}` for single requests" : "";
}

void check_families(const FaultSpec& fault, config::MapReader& map)
{
    const Layer layer = layer_of(fault.parameters);
    for (const Family& family : families) {
        if (family.given(fault.when) && !serves(family, layer)) {
            map.complaints().add(
                map.at(family.key),
                fmt::format("`{}` {}, but {} {}{}", family.key, picks_what(family), fault.fault, acts_where(layer),
                            layer == Layer::connection ? request_form(fault.fault) : ""));
        }
    }
}

/// Refuse, blackhole and dns_failure change what every new connect meets: they have a window, and cannot pick single
/// connections.
bool is_weather(const Parameters& parameters)
{
    const auto* blackhole = std::get_if<Blackhole>(&parameters);
    return std::holds_alternative<Refuse>(parameters) || std::holds_alternative<DnsFailure>(parameters) ||
           (blackhole != nullptr && blackhole->at == Blackhole::At::connect);
}

void check_weather(const FaultSpec& fault, config::MapReader& map)
{
    if (!is_weather(fault.parameters)) {
        return;
    }
    if (!fault.when.after && !has_window(fault.when)) {
        map.complaints().add(
            map.at("inject"),
            fmt::format("{} needs a window: `from:`, `until:` or both (`from: 0s` is the whole run)", fault.fault));
    }
    for (const std::string_view key : {"connections", "chance"}) {
        if (key == "chance" ? fault.when.chance.has_value() : fault.when.connections.has_value()) {
            map.complaints().add(
                map.at(key), fmt::format("`{}` picks single connections, but {} meets every connect in its window", key,
                                         fault.fault));
        }
    }
}

void check_window(const Selector& when, config::MapReader& map)
{
    if (when.until && when.from.value_or(net::Duration{}) >= *when.until) {
        map.complaints().add(map.at("until"), fmt::format("the window is empty: it begins at {} and ends at {}",
                                                          net::to_string(when.from.value_or(net::Duration{})),
                                                          net::to_string(*when.until)));
    }
}

/// The number of requests a closed range with `every` can pick, or nothing if it is open.
std::optional<std::int64_t> occasions(const Selector& when)
{
    if (!when.requests || !when.requests->last) {
        return std::nullopt;
    }
    return (*when.requests->last - when.requests->first + 1) / when.every.value_or(1);
}

void check_counts(const Selector& when, config::MapReader& map)
{
    const auto most = occasions(when);
    if (most == 0) {
        map.complaints().add(map.at("every"), fmt::format("`every: {}` picks none of so few requests", *when.every));
    }
    if (when.chance == 0U) {
        map.complaints().add(map.at("chance"), "a chance of 0% never falls");
    }
    if (when.at_least && when.times && *when.at_least > *when.times) {
        map.complaints().add(map.at("at_least"),
                             fmt::format("`at_least: {}` cannot be had with `times: {}`", *when.at_least, *when.times));
    }
    if (when.at_least && most && *most > 0 && *when.at_least > *most) {
        map.complaints().add(map.at("at_least"), fmt::format("`at_least: {}` cannot be had from {} request{}",
                                                             *when.at_least, *most, *most == 1 ? "" : "s"));
    }
}

bool among(const std::vector<std::string>& names, std::string_view name)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

void check_target(const FaultSpec& fault, config::Position at, config::Complaints& complaints,
                  const std::vector<std::string>& providers, const std::vector<std::string>& tools)
{
    const bool on_tool = layer_of(fault.parameters) == Layer::tool;
    const bool is_tool = among(tools, fault.target) || fault.target == word_for_all_tools;
    const bool is_provider = among(providers, fault.target);
    if (on_tool ? is_tool : is_provider) {
        return;
    }
    if (on_tool ? is_provider : is_tool) {
        complaints.add(at, fmt::format("{} {}, but '{}' is a {}", fault.fault, acts_where(layer_of(fault.parameters)),
                                       fault.target, is_provider ? "provider" : "tool"));
        return;
    }
    std::vector<std::string> candidates = on_tool ? tools : providers;
    if (on_tool) {
        candidates.emplace_back(word_for_all_tools);
    }
    complaints.add(at, fmt::format("unknown {} '{}'{}", on_tool ? "tool" : "provider", fault.target,
                                   config::did_you_mean(fault.target, candidates)));
}

void check_tool(const FaultSpec& fault, config::MapReader& map, const std::vector<std::string>& tools)
{
    if (!fault.when.tool || layer_of(fault.parameters) != Layer::tool) {
        return;
    }
    if (!among(tools, *fault.when.tool)) {
        map.complaints().add(map.at("tool"), fmt::format("unknown tool '{}'{}", *fault.when.tool,
                                                         config::did_you_mean(*fault.when.tool, tools)));
    } else if (fault.target != word_for_all_tools && fault.target != *fault.when.tool) {
        map.complaints().add(map.at("tool"), fmt::format("never matches: the target is '{}' alone", fault.target));
    }
}

}  // namespace

FaultSpec read_fault(const config::Node& node, config::Complaints& complaints,
                     const std::vector<std::string>& providers, const std::vector<std::string>& tools, int nth)
{
    FaultSpec fault;
    fault.at = node.at();
    config::MapReader map(node, complaints, "fault");
    const auto target = map.require("target");
    const auto inject = map.require("inject");
    const auto name = map.text("name");
    fault.when = read_selector(map, providers, tools);
    map.finish();
    const auto target_name = target ? config::read_text(*target, complaints, "target") : std::nullopt;
    const auto injection = inject ? read_injection(*inject, complaints) : std::nullopt;
    check_window(fault.when, map);
    check_counts(fault.when, map);
    fault.target = target_name.value_or("");
    if (!injection) {
        return fault;
    }
    fault.fault = injection->entry->name;
    fault.parameters = injection->parameters;
    fault.name = name.value_or(fmt::format("{}-{}-{}", fault.fault, fault.target, nth));
    check_families(fault, map);
    check_weather(fault, map);
    check_when(fault, map);
    check_tool(fault, map, tools);
    if (target_name) {
        check_target(fault, target->at(), complaints, providers, tools);
    }
    return fault;
}

}  // namespace chaos::mock_providers::faults
