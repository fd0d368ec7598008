// Anthropic's endpoints, headers, errors, and what it refuses.
#include "mock_providers/dialects/anthropic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "mock_providers/brain.hpp"
#include "mock_providers/dialects/error_rows.hpp"
#include "mock_providers/dialects/retry_after.hpp"
#include "wire/anthropic_messages.hpp"
#include "wire/json_document.hpp"

namespace chaos::mock_providers {

namespace {

constexpr std::string_view messages_path = "/v1/messages";
constexpr std::string_view count_path = "/v1/messages/count_tokens";
constexpr std::string_view anthropic_models_path = "/v1/models";

constexpr std::array anthropic_error_rows = {
    ErrorRow{400, "invalid_request_error", "Invalid request"},
    ErrorRow{401, "authentication_error", "invalid x-api-key"},
    ErrorRow{402, "billing_error", "There is an issue with your organization's billing."},
    ErrorRow{403, "permission_error", "Your API key does not have permission to use the specified resource"},
    ErrorRow{404, "not_found_error", "model: {}"},
    ErrorRow{405, "invalid_request_error", "Method Not Allowed"},
    ErrorRow{408, "timeout_error", "Request timed out"},
    ErrorRow{409, "conflict_error", "The resource is being modified by another request"},
    ErrorRow{413, "request_too_large", "Request exceeds the maximum size"},
    ErrorRow{422, "invalid_request_error", "The request was well-formed but could not be processed"},
    ErrorRow{429, "rate_limit_error",
             "This request would exceed your organization's rate limit of 50 requests per minute for {}."},
    ErrorRow{500, "api_error", "Internal server error"},
    ErrorRow{502, "api_error", "Bad gateway"},
    ErrorRow{503, "api_error", "Service unavailable"},
    ErrorRow{504, "timeout_error", "Request timed out"},
    ErrorRow{529, "overloaded_error", "Overloaded"},
};

wire::ProviderError anthropic_bad_request(std::string message)
{
    wire::ProviderError error;
    error.status = 400;
    error.type = "invalid_request_error";
    error.message = std::move(message);
    return error;
}

class Writer final : public StreamWriter {
public:
    explicit Writer(const wire::ChatAnswer& answer) : events_(answer) {}
    void write(std::string& out, const wire::Delta& delta) override { events_.write(out, delta); }

private:
    wire::anthropic::EventWriter events_;
};

std::optional<wire::ProviderError> check_headers(const net::http::RequestHead& head, std::string_view model,
                                                 const Dialect& dialect)
{
    const bool has_key = head.headers.contains("x-api-key") || head.headers.contains("authorization");
    if (!has_key) {
        wire::ProviderError error = dialect.usual_error(401, model);
        error.message = "x-api-key header is required";
        return error;
    }
    if (!head.headers.contains("anthropic-version")) {
        return anthropic_bad_request("anthropic-version: header is required");
    }
    return std::nullopt;
}

/// Follows the turns with the indices they had on the wire: results and what a user said with them are one message.
class PairRules {
public:
    std::optional<wire::ProviderError> check(const std::vector<wire::Message>& messages)
    {
        for (const wire::Message& message : messages) {
            if (auto error = see(message)) return error;
        }
        return open_.empty() ? std::nullopt : std::optional(unanswered());
    }

private:
    std::optional<wire::ProviderError> see(const wire::Message& message)
    {
        if (message.role == wire::Role::system) return std::nullopt;
        const bool of_user = message.role != wire::Role::assistant;
        if (!of_user || !in_user_turn_) ++index_;
        in_user_turn_ = of_user;
        if (message.role == wire::Role::tool) return close(message);
        if (!open_.empty()) return unanswered();
        return message.tool_calls.empty() ? std::nullopt : open(message);
    }

    std::optional<wire::ProviderError> open(const wire::Message& message)
    {
        asked_at_ = index_;
        for (const wire::ToolCall& call : message.tool_calls) {
            if (std::find(open_.begin(), open_.end(), call.id) != open_.end()) {
                return anthropic_bad_request(fmt::format("messages.{}.content: `tool_use` ids must be unique", index_));
            }
            open_.push_back(call.id);
        }
        return std::nullopt;
    }

    std::optional<wire::ProviderError> close(const wire::Message& message)
    {
        const auto answered = std::find(open_.begin(), open_.end(), message.tool_call_id);
        if (answered == open_.end()) {
            return anthropic_bad_request(
                fmt::format("messages.{}.content: unexpected `tool_use_id` found in `tool_result` blocks: {}. Each "
                            "`tool_result` block must have a corresponding `tool_use` block in the previous message.",
                            index_, message.tool_call_id));
        }
        open_.erase(answered);
        return std::nullopt;
    }

    wire::ProviderError unanswered() const
    {
        return anthropic_bad_request(
            fmt::format("messages.{}: `tool_use` ids were found without `tool_result` blocks immediately after: {}. "
                        "Each `tool_use` block must have a corresponding `tool_result` block in the next message.",
                        asked_at_, fmt::join(open_, ", ")));
    }

    std::vector<std::string> open_;  ///< ids of the last assistant turn that have no result yet
    int index_ = -1;
    int asked_at_ = 0;
    bool in_user_turn_ = false;
};

/// A thinking block must come back with the signature it left with.
std::optional<wire::ProviderError> check_signatures(const std::vector<wire::Message>& messages)
{
    for (const wire::Message& message : messages) {
        for (const wire::Reasoning& thought : message.reasoning) {
            if (!thought.redacted && thought.seal != wire::anthropic::signature_of(thought.text)) {
                return anthropic_bad_request("messages: Invalid `signature` in `thinking` block");
            }
        }
    }
    return std::nullopt;
}

std::optional<wire::ProviderError> check_anthropic_window(const wire::ChatRequest& request,
                                                          std::optional<std::int64_t> context_window)
{
    const std::int64_t tokens = context_window ? estimate_tokens(request) : 0;
    if (!context_window || tokens <= *context_window) return std::nullopt;
    return anthropic_bad_request(fmt::format("prompt is too long: {} tokens > {} maximum", tokens, *context_window));
}

net::http::Response anthropic_page(std::string body)
{
    net::http::Response response;
    response.head.headers.add("content-type", "application/json");
    response.body = std::move(body);
    return response;
}

}  // namespace

wire::Read<wire::ChatRequest> Messages::read_request(const net::http::Request& request) const
{
    return wire::anthropic::read_request(request.body);
}

std::string Messages::write_answer(const wire::ChatAnswer& answer) const
{
    return wire::anthropic::write_answer(answer);
}

std::unique_ptr<StreamWriter> Messages::stream_writer(const wire::ChatAnswer& answer, bool) const
{
    return std::make_unique<Writer>(answer);
}

std::string Messages::write_error(const wire::ProviderError& error) const
{
    return wire::anthropic::write_error(error);
}

std::vector<Dialect::Endpoint> Anthropic::endpoints() const
{
    return {{"messages", &messages_}};
}

const Api* Anthropic::api_for(const net::http::RequestHead& head) const
{
    return head.method == "POST" && net::http::path_of(head.target) == messages_path ? &messages_ : nullptr;
}

net::http::Response Anthropic::page(const Asked& asked) const
{
    const std::string& method = asked.request.head.method;
    const std::string_view path = net::http::path_of(asked.request.head.target);
    const bool is_post = path == messages_path || path == count_path;
    const bool is_model = path.starts_with("/v1/models/");
    if (!is_post && !is_model && path != anthropic_models_path) {
        wire::ProviderError error = usual_error(404, "");
        error.message = "Not Found";
        return error_response(messages_, error);
    }
    if (method != (is_post ? "POST" : "GET")) {
        net::http::Response response = error_response(messages_, usual_error(405, ""));
        response.head.headers.add("allow", is_post ? "POST" : "GET");
        return response;
    }
    if (path == count_path) return count_tokens(asked);
    if (!is_model) return anthropic_page(wire::anthropic::write_models({asked.spec.model}));
    const std::string_view model = path.substr(anthropic_models_path.size() + 1);
    if (model != asked.spec.model) return error_response(messages_, usual_error(404, model));
    return anthropic_page(wire::anthropic::write_model(model));
}

net::http::Response Anthropic::count_tokens(const Asked& asked) const
{
    const auto read = wire::anthropic::read_request(asked.request.body, true);
    if (!read) return error_response(messages_, anthropic_bad_request(read.problem));
    ProviderSpec boundless = asked.spec;  // a prompt may be counted that would be too long to send
    boundless.context_window.reset();
    if (const auto refused = refusal(asked.request.head, *read.value, boundless)) {
        return error_response(messages_, *refused);
    }
    return anthropic_page(wire::anthropic::write_token_count(estimate_tokens(*read.value)));
}

std::optional<wire::ProviderError> Anthropic::refusal(const net::http::RequestHead& head,
                                                      const wire::ChatRequest& request, const ProviderSpec& spec) const
{
    if (auto error = check_headers(head, request.model, *this)) return error;
    if (request.model != spec.model) return usual_error(404, request.model);
    PairRules pairs;
    if (auto error = pairs.check(request.messages)) return error;
    if (auto error = check_signatures(request.messages)) return error;
    return check_anthropic_window(request, spec.context_window);
}

wire::ProviderError Anthropic::usual_error(int status, std::string_view model) const
{
    return error_in(anthropic_error_rows, status, 422, model);
}

void Anthropic::add_rate_limit_headers(net::http::Headers& headers, std::optional<net::Duration> retry_after) const
{
    headers.set("anthropic-ratelimit-requests-remaining", "0");
    if (retry_after) headers.set("retry-after", whole_seconds(*retry_after));
}

net::http::Headers Anthropic::usual_headers(const net::Chance& id) const
{
    net::http::Headers headers;
    headers.add("request-id", fmt::format("req_{:016x}{:08x}", id.bits(), id.about(1).below(1ULL << 32U)));
    headers.add("anthropic-organization-id", "00000000-0000-4000-8000-000000000000");
    headers.add("anthropic-ratelimit-requests-limit", "4000");
    headers.add("anthropic-ratelimit-requests-remaining", "3999");
    return headers;
}

}  // namespace chaos::mock_providers
