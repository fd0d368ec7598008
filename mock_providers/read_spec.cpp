// The `providers:` and `tools:` maps of a scenario, strictly.
#include "mock_providers/read_spec.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mock_providers/dialects/dialect.hpp"
#include "mock_providers/faults/choices.hpp"
#include "mock_providers/read_behind.hpp"
#include "mock_providers/read_tool_schemas.hpp"
#include "mock_providers/words.hpp"

namespace chaos::mock_providers {

namespace {

constexpr std::size_t longest_provider_name = 32;
constexpr std::size_t longest_tool_name = 64;  // OpenAI's limit for function names

bool is_letter_or_digit(char c)
{
    return is_token_character(c) && c != '-' && c != '_' && c != '.';
}

bool is_name(std::string_view name, std::size_t longest, bool dots)
{
    return !name.empty() && name.size() <= longest && is_letter_or_digit(name.front()) &&
           is_letter_or_digit(name.back()) && std::all_of(name.begin(), name.end(), [dots](char c) {
               return is_token_character(c) && (dots || c != '.');
           });
}

void check_provider_name(const config::Node& key, config::Complaints& complaints)
{
    if (!is_name(key.text(), longest_provider_name, true)) {
        complaints.add(key.at(),
                       fmt::format("'{}' cannot name a provider: use at most {} letters, digits, '-', '_' and '.', "
                                   "with a letter or digit at both ends",
                                   key.text(), longest_provider_name));
    }
}

void check_tool_name(const config::Node& key, config::Complaints& complaints)
{
    if (key.text() == "tools") {
        complaints.add(key.at(), "no tool can be named 'tools': as a fault's target it means all of them");
    } else if (!is_name(key.text(), longest_tool_name, false)) {
        complaints.add(key.at(),
                       fmt::format("'{}' cannot name a tool: use at most {} letters, digits, '-' and '_', with a "
                                   "letter or digit at both ends",
                                   key.text(), longest_tool_name));
    }
}

std::vector<std::string> dialect_names()
{
    std::vector<std::string> names;
    for (const Dialect* dialect : dialects()) {
        names.emplace_back(dialect->name());
    }
    return names;
}

Pace read_pace(const config::Node& node, config::Complaints& complaints)
{
    Pace pace;
    config::MapReader map(node, complaints, "pace");
    pace.first_token = map.duration("first_token", pace.first_token);
    pace.between_tokens = map.duration("between_tokens", pace.between_tokens);
    map.finish();
    return pace;
}

LimitsSpec read_limits(const config::Node& node, config::Complaints& complaints)
{
    constexpr std::int64_t most = 100'000'000;
    static const faults::Choices<RateWindow> windows = {{"fixed", RateWindow::fixed},
                                                        {"sliding", RateWindow::sliding},
                                                        {"token_bucket", RateWindow::token_bucket}};
    LimitsSpec limits;
    config::MapReader map(node, complaints, "limits");
    limits.requests_per_minute = map.integer("requests_per_minute", 1, most);
    limits.tokens_per_minute = map.integer("tokens_per_minute", 1, most);
    limits.requests_per_day = map.integer("requests_per_day", 1, most);
    limits.concurrent = map.integer("concurrent", 1, most);
    if (map.take("window")) {
        limits.window = faults::read_choice(map, "window", windows, RateWindow::fixed);
    }
    map.finish();
    if (map.valid() && (node.entries().empty() || (node.entries().size() == 1 && limits.window))) {
        complaints.add(node.at(), "limits: name at least one, e.g. `requests_per_minute: 60`");
    }
    return limits;
}

std::vector<Strictness> read_refuses(const config::Node& node, config::Complaints& complaints)
{
    const std::vector<std::string> known = strictness_names();
    std::vector<Strictness> refuses;
    for (const config::Node& item : node.kind() == config::NodeKind::sequence ? node.items() : std::vector{node}) {
        const auto word = config::read_text(item, complaints, "refuses");
        if (word && std::find(known.begin(), known.end(), *word) != known.end()) {
            refuses.push_back(strictness(*word));
        } else if (word) {
            complaints.add(item.at(), fmt::format("refuses: expected {}, found '{}'{}", fmt::join(known, ", "), *word,
                                                  config::did_you_mean(*word, known)));
        }
    }
    return refuses;
}

ProviderSpec read_provider(const config::Node& key, const config::Node& value, config::Complaints& complaints)
{
    check_provider_name(key, complaints);
    ProviderSpec spec;
    spec.name = key.text();
    spec.at = key.at();
    spec.model = spec.name;
    if (value.kind() == config::NodeKind::null) {
        return spec;
    }
    config::MapReader map(value, complaints, fmt::format("provider '{}'", spec.name));
    spec.dialect = map.choice("dialect", dialect_names()).value_or(spec.dialect);
    spec.model = map.text("model", spec.model);
    spec.port = static_cast<std::uint16_t>(map.integer("port", spec.port, 1, 65'535));
    spec.context_window = map.integer("context_window", 1, 1'000'000'000);
    if (const auto pace = map.take("pace")) {
        spec.pace = read_pace(*pace, complaints);
    }
    spec.answer_tokens = map.integer("answer_tokens", spec.answer_tokens, 0, 1'000'000);
    if (const auto limits = map.take("limits")) {
        spec.limits = read_limits(*limits, complaints);
    }
    if (const auto brain = map.take("brain")) {
        if (is_replay(*brain)) {
            spec.replay = read_replay(*brain, complaints);
        } else {
            spec.brain = read_brain(*brain, complaints);
        }
    }
    if (const auto refuses = map.take("refuses")) {
        spec.refuses = read_refuses(*refuses, complaints);
    }
    spec.tls = map.boolean("tls", spec.tls);
    read_upstream(map, spec);
    map.finish();
    return spec;
}

/// At most one of the four words; without one a tool has effects that must not happen twice.
ToolKind read_kind(config::MapReader& map)
{
    static const std::vector<std::pair<std::string, ToolKind>> words = {{"read_only", ToolKind::read_only},
                                                                        {"idempotent", ToolKind::idempotent},
                                                                        {"irreversible", ToolKind::irreversible},
                                                                        {"terminal", ToolKind::terminal}};
    ToolKind kind = ToolKind::effectful;
    std::string chosen;
    for (const auto& [word, meaning] : words) {
        if (!map.boolean(word, false)) {
            continue;
        }
        if (!chosen.empty()) {
            map.complaints().add(map.at(word),
                                 fmt::format("a tool is at most one of read_only, idempotent, irreversible and "
                                             "terminal; {} is {} already",
                                             map.what(), chosen));
        }
        kind = meaning;
        chosen = word;
    }
    return kind;
}

ToolSpec read_tool(const config::Node& key, const config::Node& value, config::Complaints& complaints)
{
    check_tool_name(key, complaints);
    ToolSpec spec;
    spec.name = key.text();
    spec.at = key.at();
    if (value.kind() == config::NodeKind::null) {
        return spec;
    }
    config::MapReader map(value, complaints, fmt::format("tool '{}'", spec.name));
    spec.kind = read_kind(map);
    spec.description = map.text("description", spec.description);
    spec.takes = map.duration("takes", spec.takes);
    read_tool_schemas(map, spec);
    map.finish();
    return spec;
}

}  // namespace

std::vector<ProviderSpec> read_providers(const config::Node& node, config::Complaints& complaints)
{
    std::vector<ProviderSpec> specs;
    config::MapReader map(node, complaints, "providers");
    for (const auto& [key, value] : map.all()) {
        specs.push_back(read_provider(key, value, complaints));
    }
    if (map.valid() && specs.empty()) {
        complaints.add(node.at(), "providers: name at least one, e.g. `primary: {model: gpt-4o}`");
    }
    return specs;
}

std::vector<ToolSpec> read_tools(const config::Node& node, config::Complaints& complaints)
{
    std::vector<ToolSpec> specs;
    config::MapReader map(node, complaints, "tools");
    for (const auto& [key, value] : map.all()) {
        specs.push_back(read_tool(key, value, complaints));
    }
    return specs;
}

ToolServerSpec read_tool_server(const config::Node& node, config::Complaints& complaints)
{
    ToolServerSpec spec;
    config::MapReader map(node, complaints, "tool_server");
    spec.port = static_cast<std::uint16_t>(map.integer("port", spec.port, 1, 65'535));
    spec.sse = map.choice("answers", {"json", "sse"}) == "sse";
    map.finish();
    return spec;
}

}  // namespace chaos::mock_providers
