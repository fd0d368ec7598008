// Tries a fault on an answer of every kind.
#include "mock_providers/faults/scope.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "mock_providers/faults/deed.hpp"
#include "mock_providers/faults/passing.hpp"
#include "mock_providers/faults/tool_scope.hpp"

namespace chaos::mock_providers::faults {

namespace {

constexpr std::string_view some_text = "one two three four five six seven eight nine ten eleven twelve";

wire::ChatAnswer answer_with(std::string_view text, std::string_view reasoning, bool call)
{
    wire::ChatAnswer answer;
    answer.id = "answer";
    answer.model = "model";
    answer.text = text;
    answer.reasoning = reasoning;
    answer.usage = wire::Usage{9, 9};
    answer.finish = call ? wire::FinishReason::tool_calls : wire::FinishReason::stop;
    if (call)
        answer.tool_calls.push_back(
            {"call-1", "write_file",
             R"({"reference":"r","content":"some words of it, and some more, so that they go out in several pieces"})"});
    return answer;
}

/// Text, a call, and each of them after some thought.
std::array<wire::ChatAnswer, 4> answers_of_every_kind()
{
    return {answer_with(some_text, "", false), answer_with("", "", true), answer_with(some_text, some_text, false),
            answer_with("", some_text, true)};
}

Script script_of(wire::ChatAnswer answer, const Mode& mode)
{
    Script script;
    script.dialect = mode.dialect;
    script.api = mode.endpoint.api;
    script.answer = std::move(answer);
    script.following_call = wire::ToolCall{"call-2", "send_email", "{}"};
    script.stream = mode.streamed;
    script.pace.first_token = std::chrono::hours(24);  // an answer can take as long as any fault needs
    return script;
}

/// In which of an API's modes a fault can happen.
enum class Extent { none, all, streamed, whole };

bool has(const std::vector<Mode>& modes, const Api* api, bool streamed)
{
    return std::any_of(modes.begin(), modes.end(),
                       [&](const Mode& mode) { return mode.endpoint.api == api && mode.streamed == streamed; });
}

bool has_all(const std::vector<Mode>& modes, const Dialect::Endpoint& endpoint)
{
    return has(modes, endpoint.api, true) == endpoint.streamed && has(modes, endpoint.api, false) == endpoint.whole;
}

/// An API with a single mode has all of it where its whole vendor has; else it is told by its mode.
Extent extent_in(const Dialect& dialect, const Dialect::Endpoint& endpoint, const std::vector<Mode>& modes)
{
    const bool streamed = has(modes, endpoint.api, true);
    const bool whole = has(modes, endpoint.api, false);
    const std::vector<Dialect::Endpoint> endpoints = dialect.endpoints();
    const bool everywhere = std::all_of(endpoints.begin(), endpoints.end(),
                                        [&](const Dialect::Endpoint& one) { return has_all(modes, one); });
    if ((streamed && whole) || everywhere) return Extent::all;
    return streamed ? Extent::streamed : whole ? Extent::whole : Extent::none;
}

/// "openai, ollama (chat, generate)": the APIs that have a fault in these modes.
std::string apis_with(Extent extent, const std::vector<Mode>& modes)
{
    std::vector<std::string> words;
    for (const Dialect* dialect : dialects()) {
        const std::vector<Dialect::Endpoint> endpoints = dialect->endpoints();
        std::vector<std::string_view> names;
        for (const Dialect::Endpoint& endpoint : endpoints) {
            if (extent_in(*dialect, endpoint, modes) == extent) names.push_back(endpoint.name);
        }
        if (names.empty()) continue;
        const bool all = names.size() == endpoints.size();
        words.push_back(all ? std::string(dialect->name())
                            : fmt::format("{} ({})", dialect->name(), fmt::join(names, ", ")));
    }
    return fmt::to_string(fmt::join(words, ", "));
}

std::vector<Mode> modes_of(const Parameters& parameters)
{
    std::vector<Mode> modes;
    for (const Mode& mode : every_mode()) {
        if (can_happen(parameters, mode)) modes.push_back(mode);
    }
    return modes;
}

/// Where every API that has one of the modes has the fault in it, their names are not needed.
std::optional<std::string> wholesale(const std::vector<Mode>& modes)
{
    const std::vector<Mode> all = every_mode();
    const auto streamed = [](const Mode& mode) { return mode.streamed; };
    const auto all_streamed = std::count_if(all.begin(), all.end(), streamed);
    const auto with_streams = std::count_if(modes.begin(), modes.end(), streamed);
    const auto all_whole = static_cast<std::ptrdiff_t>(all.size()) - all_streamed;
    const auto with_whole = static_cast<std::ptrdiff_t>(modes.size()) - with_streams;
    if (modes.size() == all.size()) return "every API, streamed or not";
    if (with_streams == all_streamed && with_whole == 0) return "every API, streamed";
    if (with_whole == all_whole && with_streams == 0) return "every API, not streamed";
    return std::nullopt;
}

std::string with_article(std::string_view word)
{
    return fmt::format("{} {}", word.find_first_of("aeiou") == 0 ? "an" : "a", word);
}

bool picks(const Selector& when, const Mode& mode)
{
    return !when.stream || *when.stream == mode.streamed;
}

}  // namespace

std::vector<Mode> every_mode()
{
    std::vector<Mode> modes;
    for (const Dialect* dialect : dialects()) {
        for (const Dialect::Endpoint& endpoint : dialect->endpoints()) {
            if (endpoint.whole) modes.push_back({dialect, endpoint, false});
            if (endpoint.streamed) modes.push_back({dialect, endpoint, true});
        }
    }
    return modes;
}

bool can_happen(const Parameters& parameters, const Mode& mode)
{
    const auto answers = answers_of_every_kind();
    return std::any_of(answers.begin(), answers.end(),
                       [&](const wire::ChatAnswer& answer) { return applies(parameters, script_of(answer, mode)); });
}

std::string scope_in_words(const Parameters& parameters)
{
    const Layer layer = layer_of(parameters);
    if (std::holds_alternative<Tls>(parameters)) return "every connection to a provider with `tls: true`";
    if (layer == Layer::connection) return "every connection to a provider";
    if (layer == Layer::tool) return tool_scope_in_words(parameters);
    const std::vector<Mode> modes = modes_of(parameters);
    if (const auto all = wholesale(modes)) return *all;
    std::vector<std::string> words;
    for (const auto& [extent, in_words] : {std::pair(Extent::all, ""), std::pair(Extent::streamed, "streamed: "),
                                           std::pair(Extent::whole, "not streamed: ")}) {
        const std::string apis = apis_with(extent, modes);
        if (!apis.empty()) words.push_back(in_words + apis);
    }
    return words.empty() ? "nowhere" : fmt::to_string(fmt::join(words, "; "));
}

void check_scope(const FaultSpec& fault, const std::vector<ProviderSpec>& providers, config::Complaints& complaints)
{
    const auto target = std::find_if(providers.begin(), providers.end(),
                                     [&](const ProviderSpec& provider) { return provider.name == fault.target; });
    if (fault.fault.empty() || target == providers.end()) return;
    if (std::holds_alternative<Tls>(fault.parameters) && !target->tls) {
        complaints.add(fault.at, fmt::format("fault '{}': tls acts on handshakes, and '{}' has none; give it `tls: true`",
                                             fault.name, target->name));
    }
    if (layer_of(fault.parameters) != Layer::request) return;
    const std::string passing = target->answers_from_elsewhere() ? why_not_passing(fault.parameters) : "";
    if (!passing.empty()) {
        complaints.add(fault.at, fmt::format("fault '{}': '{}' passes answers on that are not its own: {}", fault.name,
                                             target->name, passing));
        return;
    }
    const std::vector<Mode> modes = modes_of(fault.parameters);
    const auto at_target = [&](const Mode& mode) { return mode.dialect->name() == target->dialect; };
    if (std::none_of(modes.begin(), modes.end(),
                     [&](const Mode& mode) { return at_target(mode) && picks(fault.when, mode); })) {
        const bool elsewhen = std::any_of(modes.begin(), modes.end(), at_target);
        complaints.add(fault.at,
                       fmt::format("fault '{}': so spelt, {} cannot happen at {} provider{}; where it can: {}",
                                   fault.name, fault.fault, with_article(target->dialect),
                                   !elsewhen            ? ""
                                   : *fault.when.stream ? " to a streamed answer"
                                                        : " to a whole answer",
                                   scope_in_words(fault.parameters)));
    }
}

}  // namespace chaos::mock_providers::faults
