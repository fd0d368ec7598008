// One rule a function, in the order in which Google checks them.
#include "mock_providers/dialects/gemini_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "mock_providers/brain.hpp"
#include "mock_providers/dialects/gemini_errors.hpp"
#include "wire/gemini.hpp"

namespace chaos::mock_providers {

namespace {

wire::ProviderError invalid_argument(std::string message)
{
    wire::ProviderError error = gemini_error(400, "");
    error.message = std::move(message);
    return error;
}

wire::ProviderError unequal_parts()
{
    return invalid_argument(
        "Please ensure that the number of function response parts is equal to the number of function call parts of the "
        "function call turn.");
}

std::optional<wire::ProviderError> check_gemini_pairs(const wire::ChatRequest& request)
{
    std::vector<std::string_view> open;  // ids of the last turn's calls that have no result yet
    bool after_calls = false;
    for (const wire::Message& message : request.messages) {
        if (message.role == wire::Role::tool) {
            const auto answered = std::find(open.begin(), open.end(), message.tool_call_id);
            if (answered == open.end()) {
                return after_calls ? unequal_parts()
                                   : invalid_argument(
                                         "Please ensure that function response turn comes immediately "
                                         "after a function call turn.");
            }
            open.erase(answered);
            continue;
        }
        if (!open.empty()) {
            return unequal_parts();
        }
        after_calls = !message.tool_calls.empty();
        for (const wire::ToolCall& call : message.tool_calls) {
            open.emplace_back(call.id);
        }
    }
    return open.empty() ? std::nullopt : std::optional(unequal_parts());
}

std::optional<wire::ProviderError> check_gemini_window(const wire::ChatRequest& request,
                                                       std::optional<std::int64_t> context_window)
{
    const std::int64_t tokens = context_window ? estimate_tokens(request) : 0;
    if (!context_window || tokens <= *context_window) {
        return std::nullopt;
    }
    return invalid_argument(fmt::format("The input token count ({}) exceeds the maximum number of tokens allowed ({}).",
                                        tokens, *context_window));
}

}  // namespace

std::optional<wire::ProviderError> gemini_keyless(const net::http::RequestHead& head)
{
    const auto target = wire::gemini::read_target(head.target);
    const bool shown = !head.headers.find("x-goog-api-key").value_or("").empty() || (target && target->has_key);
    if (shown) {
        return std::nullopt;
    }
    wire::ProviderError error = gemini_error(403, "");
    error.message =
        "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other "
        "form of API consumer identity to call this API.";
    return error;
}

std::optional<wire::ProviderError> gemini_refusal(const wire::ChatRequest& request, std::string_view model,
                                                  std::optional<std::int64_t> context_window)
{
    if (request.model != model) {
        return gemini_error(404, request.model);
    }
    if (auto error = check_gemini_pairs(request)) {
        return error;
    }
    return check_gemini_window(request, context_window);
}

}  // namespace chaos::mock_providers
