// One rule a function, in the order in which OpenAI checks them.
#include "mock_providers/dialects/openai_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "mock_providers/brain.hpp"
#include "mock_providers/dialects/openai_errors.hpp"

namespace chaos::mock_providers {

namespace {

wire::ProviderError openai_bad_request(std::string message, std::string code = {})
{
    wire::ProviderError error;
    error.status = 400;
    error.type = "invalid_request_error";
    error.code = std::move(code);
    error.message = std::move(message);
    return error;
}

wire::ProviderError unanswered(const std::vector<std::string_view>& ids)
{
    return openai_bad_request(
        fmt::format("An assistant message with 'tool_calls' must be followed by tool messages responding to each "
                    "'tool_call_id'. The following tool_call_ids did not have response messages: {}",
                    fmt::join(ids, ", ")));
}

std::optional<wire::ProviderError> check_openai_pairs(const wire::ChatRequest& request)
{
    std::vector<std::string_view> open;  // ids of the last assistant turn that have no result yet
    for (const wire::Message& message : request.messages) {
        if (message.role == wire::Role::tool) {
            const auto answered = std::find(open.begin(), open.end(), message.tool_call_id);
            if (answered == open.end()) {
                return openai_bad_request(
                    "Invalid parameter: messages with role 'tool' must be a response to a preceding message with "
                    "'tool_calls'.");
            }
            open.erase(answered);
            continue;
        }
        if (!open.empty()) {
            return unanswered(open);
        }
        for (const wire::ToolCall& call : message.tool_calls) {
            open.emplace_back(call.id);
        }
    }
    return open.empty() ? std::nullopt : std::optional(unanswered(open));
}

/// Calls without an output, and outputs without a call before them.
std::optional<wire::ProviderError> check_outputs(const wire::ChatRequest& request)
{
    std::vector<std::string_view> open;  // ids of calls that have no output yet
    for (const wire::Message& message : request.messages) {
        for (const wire::ToolCall& call : message.tool_calls) {
            open.emplace_back(call.id);
        }
        if (message.role != wire::Role::tool) {
            continue;
        }
        const auto answered = std::find(open.begin(), open.end(), message.tool_call_id);
        if (answered == open.end()) {
            return openai_bad_request(
                fmt::format("No tool call found for function call output with call_id {}.", message.tool_call_id));
        }
        open.erase(answered);
    }
    return open.empty() ? std::nullopt
                        : std::optional(openai_bad_request(
                              fmt::format("No tool output found for function call {}.", open.front())));
}

/// The tokens of a request that is too long for the window; nothing if it fits.
std::optional<std::int64_t> tokens_beyond(const wire::ChatRequest& request, std::optional<std::int64_t> context_window)
{
    const std::int64_t tokens = context_window ? estimate_tokens(request) : 0;
    return context_window && tokens > *context_window ? std::optional(tokens) : std::nullopt;
}

}  // namespace

std::optional<wire::ProviderError> openai_chat_refusal(const wire::ChatRequest& request, std::string_view model,
                                                       std::optional<std::int64_t> context_window)
{
    if (request.model != model) {
        return openai_error(404, request.model);
    }
    if (auto error = check_openai_pairs(request)) {
        return error;
    }
    if (const auto tokens = tokens_beyond(request, context_window)) {
        return openai_bad_request(
            fmt::format("This model's maximum context length is {} tokens. However, your messages resulted in {} "
                        "tokens. Please reduce the length of the messages.",
                        *context_window, *tokens),
            "context_length_exceeded");
    }
    return std::nullopt;
}

std::optional<wire::ProviderError> openai_responses_refusal(const wire::ChatRequest& request, std::string_view model,
                                                            std::optional<std::int64_t> context_window)
{
    if (request.model != model) {
        return openai_error(404, request.model);
    }
    if (!request.previous_answer.empty()) {
        return openai_bad_request(fmt::format("Previous response with id '{}' not found.", request.previous_answer),
                                  "previous_response_not_found");
    }
    if (auto error = check_outputs(request)) {
        return error;
    }
    if (tokens_beyond(request, context_window)) {
        return openai_bad_request(
            "Your input exceeds the context window of this model. Please adjust your input and try again.",
            "context_length_exceeded");
    }
    return std::nullopt;
}

}  // namespace chaos::mock_providers
