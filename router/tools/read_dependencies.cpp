// Reading dependencies.yaml; what a tool can be set to is a table, which is its documentation too.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <variant>

#include "config/duration_rules.hpp"
#include "net/http/url.hpp"
#include "router/tools/dependencies.hpp"

namespace chaos::router {
namespace {

using ToolDuration = net::Duration& (*)(Dependency&);
using ToolCount = int& (*)(Dependency&);
using ToolSize = std::size_t& (*)(Dependency&);
using ToolSwitch = bool& (*)(Dependency&);

enum class ToolNumber { count, bytes };

/// The book of the queue is in memory, some hundred bytes for a call.
constexpr std::int64_t most_queued_calls = 1'000'000;

struct ToolSetting {
    std::string_view section;  ///< "" among a tool's own keys
    std::string_view key;
    std::string_view meaning;
    std::variant<ToolDuration, ToolCount, ToolSize, ToolSwitch> field;
    ToolNumber number = ToolNumber::count;
};

constexpr std::array<std::string_view, 3> tool_sections{"timeouts", "retry", "queue"};

const std::array tool_settings{
    ToolSetting{"", "honours_keys",
                "A call with the same Idempotency-Key is done once, at whichever of its endpoints it arrives. Only "
                "then is a call sent again that may have been done.",
                ToolSwitch([](Dependency& d) -> bool& { return d.honours_keys; })},
    ToolSetting{"timeouts", "connect", "Time to get a connection.",
                ToolDuration([](Dependency& d) -> net::Duration& { return d.timeouts.connect; })},
    ToolSetting{"timeouts", "answer", "Longest silence of one attempt.",
                ToolDuration([](Dependency& d) -> net::Duration& { return d.timeouts.answer; })},
    ToolSetting{"timeouts", "total", "One deadline for a call that is not queued, over all its attempts.",
                ToolDuration([](Dependency& d) -> net::Duration& { return d.timeouts.total; })},
    ToolSetting{"retry", "max_attempts", "Attempts for one call; a queued one is dead after them.",
                ToolCount([](Dependency& d) -> int& { return d.retry.max_attempts; })},
    ToolSetting{"retry", "backoff",
                "Longest pause before the first retry; doubles with each; the real pause is any part of it.",
                ToolDuration([](Dependency& d) -> net::Duration& { return d.retry.backoff; })},
    ToolSetting{"retry", "backoff_cap", "What the longest pause stops doubling at.",
                ToolDuration([](Dependency& d) -> net::Duration& { return d.retry.backoff_cap; })},
    ToolSetting{"queue", "entries", "Calls that are pending or dead; beyond it new ones are refused with 503.",
                ToolSize([](Dependency& d) -> std::size_t& { return d.queue.entries; })},
    ToolSetting{"queue", "bytes", "Bytes of them and of the results that are kept; results give way first.",
                ToolSize([](Dependency& d) -> std::size_t& { return d.queue.bytes; }), ToolNumber::bytes},
    ToolSetting{"queue", "max_age", "A call that is still pending then is dead.",
                ToolDuration([](Dependency& d) -> net::Duration& { return d.queue.max_age; })},
    ToolSetting{"queue", "keep_results", "How long the result of a call that is done can be asked for.",
                ToolDuration([](Dependency& d) -> net::Duration& { return d.queue.keep_results; })},
    ToolSetting{"queue", "keep_dead", "How long a dead call is listed.",
                ToolDuration([](Dependency& d) -> net::Duration& { return d.queue.keep_dead; })},
    ToolSetting{"queue", "in_order",
                "One call after the other, as they were accepted: one that fails holds up the rest.",
                ToolSwitch([](Dependency& d) -> bool& { return d.queue.in_order; })},
    ToolSetting{"queue", "at_once", "Calls under way at one time.",
                ToolCount([](Dependency& d) -> int& { return d.queue.at_once; })},
};

/// What one attempt may last must fit into what all may.
struct ToolOrder {
    config::DurationOrder names;
    ToolDuration low;
    ToolDuration high;
};
const std::array tool_orders{
    ToolOrder{{"timeouts", "connect", "total"},
              [](Dependency& d) -> net::Duration& { return d.timeouts.connect; },
              [](Dependency& d) -> net::Duration& { return d.timeouts.total; }},
    ToolOrder{{"timeouts", "answer", "total"},
              [](Dependency& d) -> net::Duration& { return d.timeouts.answer; },
              [](Dependency& d) -> net::Duration& { return d.timeouts.total; }},
    ToolOrder{{"retry", "backoff", "backoff_cap"},
              [](Dependency& d) -> net::Duration& { return d.retry.backoff; },
              [](Dependency& d) -> net::Duration& { return d.retry.backoff_cap; }},
};

void read_tool_setting(const ToolSetting& setting, Dependency& tool, config::MapReader& reader)
{
    if (const auto* duration = std::get_if<ToolDuration>(&setting.field)) {
        net::Duration& value = (*duration)(tool);
        value = setting.key == "backoff" ? reader.duration(setting.key, value)
                                         : config::read_positive_duration(reader, setting.key, value);
    } else if (const auto* count = std::get_if<ToolCount>(&setting.field)) {
        int& value = (*count)(tool);
        value = static_cast<int>(reader.integer(setting.key, value, 1, 1000));
    } else if (const auto* flag = std::get_if<ToolSwitch>(&setting.field)) {
        bool& value = (*flag)(tool);
        value = reader.boolean(setting.key, value);
    } else {
        std::size_t& value = std::get<ToolSize>(setting.field)(tool);
        value = setting.number == ToolNumber::bytes
                    ? static_cast<std::size_t>(reader.size(setting.key).value_or(value))
                    : static_cast<std::size_t>(
                          reader.integer(setting.key, static_cast<std::int64_t>(value), 1, most_queued_calls));
    }
}

std::string tool_default(const ToolSetting& setting)
{
    Dependency tool;
    if (const auto* duration = std::get_if<ToolDuration>(&setting.field)) return net::to_string((*duration)(tool));
    if (const auto* count = std::get_if<ToolCount>(&setting.field)) return std::to_string((*count)(tool));
    if (const auto* flag = std::get_if<ToolSwitch>(&setting.field)) return (*flag)(tool) ? "true" : "false";
    const std::size_t value = std::get<ToolSize>(setting.field)(tool);
    return setting.number == ToolNumber::bytes ? fmt::format("{} MiB", value / (1024 * 1024)) : std::to_string(value);
}

void put_tool_in_order(std::string_view section, Dependency& tool, config::MapReader& reader)
{
    for (const ToolOrder& order : tool_orders) {
        if (order.names.section == section)
            config::keep_in_order(reader, order.names, order.low(tool), order.high(tool));
    }
}

void read_tool_section(std::string_view section, Dependency& tool, config::MapReader& reader)
{
    for (const ToolSetting& setting : tool_settings) {
        if (setting.section == section) read_tool_setting(setting, tool, reader);
    }
}

std::vector<std::string> words_of(const std::vector<WordDoc>& docs)
{
    std::vector<std::string> words;
    for (const WordDoc& doc : docs) words.push_back(doc.word);
    return words;
}

/// The value of a word: its place among all.
template <class Word>
std::optional<Word> read_word(const config::Node& node, config::Complaints& complaints, std::string_view what,
                              const std::vector<WordDoc>& docs)
{
    const std::vector<std::string> words = words_of(docs);
    const auto word = config::read_choice(node, complaints, what, words);
    if (!word) return std::nullopt;
    return static_cast<Word>(std::find(words.begin(), words.end(), *word) - words.begin());
}

bool strategy_is_for(Strategy strategy, DependencyKind kind)
{
    switch (strategy) {
        case Strategy::tiered_fallback:
            return kind == DependencyKind::provider;
        case Strategy::by_caller:
            return kind == DependencyKind::other;
        default:
            return kind == DependencyKind::tool;
    }
}

bool failure_is_for(FailureMode mode, DependencyKind kind)
{
    if (mode == FailureMode::duplicate_delivery) return kind != DependencyKind::provider;
    return mode < FailureMode::empty_turn || kind == DependencyKind::provider;
}

std::optional<DependencyEndpoint> read_dependency_endpoint(const config::Node& node, config::Complaints& complaints)
{
    const auto text = config::read_text(node, complaints, "endpoint");
    if (!text) return std::nullopt;
    const auto url = net::http::parse_url(*text);
    if (!url) {
        complaints.add(node.at(), "endpoint: " + url.error().text);
        return std::nullopt;
    }
    DependencyEndpoint endpoint;
    endpoint.url = net::http::to_string(*url);
    endpoint.endpoint = url->endpoint;
    endpoint.base_path = url->path;
    if (url->scheme == net::http::Scheme::https) endpoint.tls = net::tls::trusting_system();
    return endpoint;
}

void read_endpoints(config::MapReader& reader, Dependency& dependency)
{
    const auto one = reader.take("endpoint");
    const auto several = reader.take("endpoints");
    if (one && several) {
        reader.complaints().add(reader.at("endpoint"), "endpoint: there are endpoints already; one of them is enough");
        return;
    }
    if (!one && !several) {
        if (reader.valid())
            reader.complaints().add(reader.at(), fmt::format("{}: 'endpoint' is missing", reader.what()));
        return;
    }
    std::vector<config::Node> nodes;
    if (one) nodes.push_back(*one);
    if (several && several->kind() == config::NodeKind::sequence) nodes = several->items();
    if (several && nodes.empty())
        reader.complaints().add(several->at(), "endpoints: expected a list of URLs with at least one");
    for (const config::Node& node : nodes) {
        auto endpoint = read_dependency_endpoint(node, reader.complaints());
        if (endpoint) dependency.endpoints.push_back(std::move(*endpoint));
    }
}

void read_kind_and_strategy(config::MapReader& reader, Dependency& dependency)
{
    const auto kind = reader.require("kind");
    if (kind) {
        dependency.kind =
            read_word<DependencyKind>(*kind, reader.complaints(), "kind", dependency_kinds()).value_or(dependency.kind);
    }
    const auto strategy = reader.require("strategy");
    if (!strategy) return;
    const auto chosen = read_word<Strategy>(*strategy, reader.complaints(), "strategy", strategies());
    if (!chosen) return;
    dependency.strategy = *chosen;
    if (!strategy_is_for(*chosen, dependency.kind)) {
        reader.complaints().add(strategy->at(), fmt::format("strategy: {} is not for the kind {}", spelling(*chosen),
                                                            spelling(dependency.kind)));
    }
    if (*chosen == Strategy::immediate_failover && dependency.endpoints.size() == 1)
        reader.complaints().add(strategy->at(), "strategy: immediate_failover needs at least two endpoints");
    if (*chosen == Strategy::exponential_backoff && dependency.endpoints.size() > 1) {
        reader.complaints().add(strategy->at(),
                                "strategy: exponential_backoff asks one endpoint alone; for several use "
                                "immediate_failover or queue_and_retry");
    }
}

void read_failure_modes(config::MapReader& reader, Dependency& dependency)
{
    const auto node = reader.require("failure_modes");
    if (!node) return;
    std::vector<config::Node> items;
    if (node->kind() == config::NodeKind::sequence) items = node->items();
    if (items.empty()) {
        reader.complaints().add(node->at(),
                                "failure_modes: expected a list with at least one; `chaos list "
                                "dependencies` prints them");
    }
    for (const config::Node& item : items) {
        const auto mode = read_word<FailureMode>(item, reader.complaints(), "failure_modes", failure_modes());
        if (!mode) continue;
        auto& modes = dependency.failure_modes;
        if (!failure_is_for(*mode, dependency.kind)) {
            reader.complaints().add(item.at(), fmt::format("failure_modes: {} is not for the kind {}", spelling(*mode),
                                                           spelling(dependency.kind)));
        } else if (std::find(modes.begin(), modes.end(), *mode) != modes.end()) {
            reader.complaints().add(item.at(), fmt::format("failure_modes: {} is listed twice", spelling(*mode)));
        } else {
            modes.push_back(*mode);
        }
    }
}

constexpr std::array<std::string_view, 7> paths_of_the_router{"/v1",      "/queue",   "/healthz", "/readyz",
                                                              "/metrics", "/explain", "/v1beta"};

/// The path itself or all below it.
bool is_at_or_below(std::string_view path, std::string_view prefix)
{
    return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

std::string path_problem(std::string_view path)
{
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~/";
    if (!path.starts_with('/') || path.size() < 2 || path.ends_with('/'))
        return "expected a path that begins with a slash and does not end with one";
    if (path.find_first_not_of(allowed) != std::string_view::npos || path.find("//") != std::string_view::npos)
        return "a path is made of letters, digits, '-', '_', '.', '~' and single slashes";
    const auto taken = std::find_if(paths_of_the_router.begin(), paths_of_the_router.end(),
                                    [&](std::string_view own) { return is_at_or_below(path, own); });
    return taken == paths_of_the_router.end() ? "" : fmt::format("{} is the router's own", *taken);
}

void read_tool_path(config::MapReader& reader, Dependency& tool)
{
    tool.path = reader.text("path", "/tools/" + tool.name);
    const std::string problem = path_problem(tool.path);
    if (!problem.empty()) reader.complaints().add(reader.at("path"), "path: " + problem);
}

bool is_header_name(std::string_view name)
{
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    return !name.empty() && name.find_first_not_of(allowed) == std::string_view::npos;
}

void read_tool_key(config::MapReader& reader, Dependency& tool, const KeySources& sources)
{
    if (const auto inline_key = reader.take("api_key")) {
        reader.complaints().add(inline_key->at(),
                                "api_key: keys are not written into the file; use api_key_env or api_key_file");
    }
    const auto take = [&](std::string_view key, std::string_view kind, const auto& source) {
        const auto name = reader.text(key);
        if (!name) return;
        const auto found = source(*name);
        std::string value = found.value_or("");
        while (!value.empty() && (value.back() == '\n' || value.back() == '\r' || value.back() == ' '))
            value.pop_back();
        const bool usable =
            !value.empty() && std::all_of(value.begin(), value.end(), [](char c) { return c > 0x20 && c < 0x7f; });
        if (usable) {
            tool.api_key = value;
        } else if (!found) {
            reader.complaints().add(reader.at(key), fmt::format("{}: there is no {} '{}'", key, kind, *name));
        } else {
            reader.complaints().add(
                reader.at(key),
                fmt::format("{}: the {} '{}' does not hold one line of visible characters", key, kind, *name));
        }
    };
    if (reader.take("api_key_env") && reader.take("api_key_file")) {
        reader.complaints().add(reader.at("api_key_file"),
                                "api_key_file: there is an api_key_env already; one of them is enough");
    }
    take("api_key_env", "environment variable", sources.environment);
    take("api_key_file", "file", sources.file);
    tool.key_header = reader.text("key_header", tool.key_header);
    if (!is_header_name(tool.key_header))
        reader.complaints().add(reader.at("key_header"), "key_header: expected the name of a header");
}

void read_tool(config::MapReader& reader, Dependency& tool, const KeySources& sources)
{
    read_tool_path(reader, tool);
    read_tool_key(reader, tool, sources);
    read_tool_section("", tool, reader);
    if (tool.strategy == Strategy::queue_and_retry) tool.retry.max_attempts = 20;
    for (const std::string_view section : tool_sections) {
        const auto node = reader.take(section);
        if (!node) continue;
        if (section == "queue" && tool.strategy != Strategy::queue_and_retry)
            reader.complaints().add(node->at(), "queue: only queue_and_retry has a queue");
        if (section == "retry" && tool.strategy == Strategy::immediate_failover)
            reader.complaints().add(node->at(), "retry: immediate_failover asks each endpoint once, without a pause");
        config::MapReader map(*node, reader.complaints(), std::string(section));
        read_tool_section(section, tool, map);
        put_tool_in_order(section, tool, map);
        map.finish();
    }
}

bool is_dependency_name(std::string_view name)
{
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    return !name.empty() && name.find_first_not_of(allowed) == std::string_view::npos;
}

Dependency read_dependency(const config::Node& name, const config::Node& node, config::Complaints& complaints,
                           const KeySources& sources)
{
    Dependency dependency;
    dependency.name = name.text();
    config::MapReader reader(node, complaints, fmt::format("dependency '{}'", dependency.name));
    if (!is_dependency_name(dependency.name)) {
        complaints.add(name.at(),
                       fmt::format("{}: a name is made of letters, digits, '-', '_' and '.'", reader.what()));
    }
    if (!reader.valid()) return dependency;
    read_endpoints(reader, dependency);
    read_kind_and_strategy(reader, dependency);
    read_failure_modes(reader, dependency);
    if (dependency.kind == DependencyKind::tool) read_tool(reader, dependency, sources);
    reader.finish();
    return dependency;
}

void complain_of_equal_paths(const Dependencies& dependencies,
                             const std::vector<std::pair<config::Node, config::Node>>& nodes,
                             config::Complaints& complaints)
{
    for (std::size_t i = 0; i < dependencies.all.size(); ++i) {
        for (std::size_t k = 0; k < i; ++k) {
            const Dependency& one = dependencies.all[k];
            const Dependency& other = dependencies.all[i];
            if (other.path.empty() || other.path != one.path) continue;
            complaints.add(nodes[i].first.at(), fmt::format("dependency '{}': its path {} is that of '{}'", other.name,
                                                            other.path, one.name));
        }
    }
}

}  // namespace

bool Dependencies::any_queue() const
{
    return std::any_of(all.begin(), all.end(),
                       [](const Dependency& one) { return one.strategy == Strategy::queue_and_retry; });
}

const Dependency* Dependencies::queued_tool(std::string_view name) const
{
    const auto found = std::find_if(all.begin(), all.end(), [name](const Dependency& one) {
        return one.name == name && one.strategy == Strategy::queue_and_retry;
    });
    return found == all.end() ? nullptr : &*found;
}

std::optional<Dependencies> read_dependencies(std::string_view text, config::Complaints& complaints,
                                              const KeySources& sources)
{
    const auto root = config::parse(text, complaints);
    if (!root) return std::nullopt;
    config::MapReader reader(*root, complaints, "dependencies file");
    Dependencies dependencies;
    if (const auto node = reader.require("dependencies")) {
        config::MapReader map(*node, complaints, "dependencies");
        const auto& entries = map.all();
        if (map.valid() && entries.empty())
            complaints.add(node->at(), "dependencies: at least one dependency is needed");
        for (const auto& [name, value] : entries)
            dependencies.all.push_back(read_dependency(name, value, complaints, sources));
        complain_of_equal_paths(dependencies, entries, complaints);
    }
    reader.finish();
    if (!complaints.empty()) return std::nullopt;
    return dependencies;
}

std::vector<SettingDoc> dependency_settings()
{
    std::vector<SettingDoc> docs{
        {"kind", "provider, tool or other.", "required"},
        {"endpoint",
         "Where it is: an http or https URL. A tool's includes its path: what is asked below the router's "
         "path is asked below this one.",
         "required"},
        {"endpoints", "Several of them, in the order in which they are used; in endpoint's place.", "none"},
        {"strategy", "What is done when it fails.", "required"},
        {"failure_modes", "How it is expected to fail, as a list.", "required"},
        {"path", "Tools: what callers ask of the router, the path itself and all below it.", "/tools/NAME"},
        {"api_key_env", "Tools: the environment variable that holds the tool's key.", "none"},
        {"api_key_file", "Tools: the file that holds it.", "none"},
        {"key_header", "Tools: the header it is sent in; as `Bearer` in authorization, as it is in any other.",
         "authorization"},
    };
    for (const ToolSetting& setting : tool_settings) {
        const std::string key =
            setting.section.empty() ? std::string(setting.key) : fmt::format("{}.{}", setting.section, setting.key);
        std::string fallback = tool_default(setting);
        if (key == "retry.max_attempts") fallback += "; 20 of a queued call";
        docs.push_back({key, std::string(setting.meaning), std::move(fallback)});
    }
    return docs;
}

}  // namespace chaos::router
