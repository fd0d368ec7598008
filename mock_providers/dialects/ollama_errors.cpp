// One row a status, and the rules of names and messages.
#include "mock_providers/dialects/ollama_errors.hpp"

#include <fmt/format.h>

#include <array>

#include "wire/whole_calls.hpp"

namespace chaos::mock_providers {

namespace {

struct Row {
    int status;
    std::string_view message;  ///< "{}" stands for the model
};

constexpr std::array rows = {
    Row{400, "invalid request"},
    Row{401, "unauthorized"},
    Row{403, "ollama cloud is disabled"},
    Row{404, R"(model "{}" not found, try pulling it first)"},
    Row{405, "405 method not allowed"},
    Row{408, "request timed out"},
    Row{413, "http: request body too large"},
    Row{429, "too many requests"},
    Row{431, "request header fields too large"},
    Row{499, "request canceled"},
    Row{500,
        "model runner has unexpectedly stopped, this may be due to resource limitations or an internal error, "
        "check ollama server logs for details"},
    Row{502, "error contacting ollama.com"},
    Row{503, "server busy, please try again.  maximum pending requests exceeded"},
    Row{504, "timed out waiting for llama runner to start"},
};

const Row& row_of(int status)
{
    for (const Row& row : rows) {
        if (row.status == status) {
            return row;
        }
    }
    return row_of(status >= 500 ? 500 : 400);
}

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
    return ollama_error_saying(status, fmt::format(fmt::runtime(row_of(status).message), model));
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
