// One row a status, and the rules of names and messages.
#include "mock_providers/dialects/ollama_errors.hpp"

#include <array>

#include "mock_providers/dialects/error_rows.hpp"
#include "wire/whole_calls.hpp"

namespace chaos::mock_providers {

namespace {

constexpr std::array ollama_error_rows = {
    ErrorRow{400, "invalid_request_error", "invalid request"},
    ErrorRow{401, "api_error", "unauthorized"},
    ErrorRow{403, "api_error", "ollama cloud is disabled"},
    ErrorRow{404, "not_found_error", R"(model "{}" not found, try pulling it first)"},
    ErrorRow{405, "api_error", "405 method not allowed"},
    ErrorRow{408, "api_error", "request timed out"},
    ErrorRow{413, "api_error", "http: request body too large"},
    ErrorRow{429, "api_error", "too many requests"},
    ErrorRow{431, "api_error", "request header fields too large"},
    ErrorRow{499, "api_error", "request canceled"},
    ErrorRow{500, "api_error",
             "model runner has unexpectedly stopped, this may be due to resource limitations or an internal error, "
             "check ollama server logs for details"},
    ErrorRow{502, "api_error", "error contacting ollama.com"},
    ErrorRow{503, "api_error", "server busy, please try again.  maximum pending requests exceeded"},
    ErrorRow{504, "api_error", "timed out waiting for llama runner to start"},
};

std::string_view type_of(int status)
{
    return status == 400 ? "invalid_request_error" : status == 404 ? "not_found_error" : "api_error";
}

bool is_readable_image(std::string_view url)
{
    constexpr std::array beginnings = {"data:;base64,", "data:image/jpeg;base64,", "data:image/jpg;base64,",
                                       "data:image/png;base64,", "data:image/webp;base64,"};
    for (const std::string_view beginning : beginnings) {
        if (url.starts_with(beginning)) {
            return true;
        }
    }
    return false;
}

/// What is wrong with a message; empty if nothing is.
std::string_view problem_of(const wire::Message& message)
{
    for (const wire::Part& part : message.content) {
        if (part.kind == wire::Part::Kind::other) {
            return "invalid message format";
        }
        if (part.kind == wire::Part::Kind::image && !is_readable_image(part.text)) {
            return "invalid image input";
        }
    }
    for (const wire::ToolCall& call : message.tool_calls) {
        if (!wire::is_json_object(call.arguments)) {
            return "invalid tool call arguments";
        }
    }
    return "";
}

}  // namespace

wire::ProviderError ollama_error_saying(int status, std::string message)
{
    wire::ProviderError error;
    error.status = status;
    error.type = type_of(status);
    error.message = std::move(message);
    return error;
}

wire::ProviderError ollama_error(int status, std::string_view model)
{
    return error_in(ollama_error_rows, status, 400, model);
}

std::string tagged_ollama_model(std::string_view model)
{
    const std::size_t name = model.rfind('/') == std::string_view::npos ? 0 : model.rfind('/') + 1;
    const bool has_tag = model.find(':', name) != std::string_view::npos;
    return std::string(model) + (has_tag ? "" : ":latest");
}

bool same_ollama_model(std::string_view one, std::string_view other)
{
    return tagged_ollama_model(one) == tagged_ollama_model(other);
}

std::optional<wire::ProviderError> ollama_openai_refusal(const wire::ChatRequest& request)
{
    for (const wire::Message& message : request.messages) {
        const std::string_view problem = problem_of(message);
        if (!problem.empty()) {
            return ollama_error_saying(400, std::string(problem));
        }
    }
    return std::nullopt;
}

}  // namespace chaos::mock_providers
