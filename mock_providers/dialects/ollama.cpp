// Ollama's endpoints and the shapes of its answers.
#include "mock_providers/dialects/ollama.hpp"

#include <fmt/format.h>

#include <array>

#include "mock_providers/dialects/ollama_errors.hpp"
#include "mock_providers/dialects/retry_after.hpp"
#include "net/json.hpp"
#include "wire/json_document.hpp"
#include "wire/ollama_openai.hpp"
#include "wire/openai_chat.hpp"

namespace chaos::mock_providers {

namespace {

using wire::ollama_chat::Endpoint;

constexpr std::string_view version = "0.12.6";
constexpr std::string_view ollama_chat_path = "/api/chat";
constexpr std::string_view generate_path = "/api/generate";
constexpr std::string_view chat_completions_path = "/v1/chat/completions";
constexpr std::string_view model_path = "/v1/models/";
constexpr std::int64_t usual_context_length = 131'072;

struct OllamaRoute {
    std::string_view path;
    std::string_view methods;  ///< as an Allow header lists them
};

constexpr std::array routes = {
    OllamaRoute{"/", "GET, HEAD"},
    OllamaRoute{"/api/version", "GET, HEAD"},
    OllamaRoute{"/api/tags", "GET, HEAD"},
    OllamaRoute{"/api/ps", "GET"},
    OllamaRoute{"/api/show", "POST"},
    OllamaRoute{ollama_chat_path, "POST"},
    OllamaRoute{generate_path, "POST"},
    OllamaRoute{"/v1/models", "GET"},
    OllamaRoute{chat_completions_path, "POST"},
};

/// The methods of a path; empty if there is no such page.
std::string_view methods_of(std::string_view path)
{
    if (path.starts_with(model_path) && path.size() > model_path.size()) {
        return "GET";
    }
    for (const OllamaRoute& route : routes) {
        if (route.path == path) {
            return route.methods;
        }
    }
    return "";
}

/// Whether an Allow header's list has the method.
bool allows(std::string_view methods, std::string_view method)
{
    return methods == method || (methods == "GET, HEAD" && (method == "GET" || method == "HEAD"));
}

/// An answer's id is one of 999, as the server's own are: ids do collide.
std::string short_id(std::string_view id)
{
    return fmt::format("chatcmpl-{}", net::stable_hash(id) % 999);
}

net::http::Response page_of(int status, std::string_view content_type, std::string body)
{
    net::http::Response response;
    response.head.status = status;
    response.head.headers.add("content-type", content_type);
    response.body = std::move(body);
    return response;
}

net::http::Response ollama_page(std::string body)
{
    return page_of(200, "application/json; charset=utf-8", std::move(body));
}

net::http::Response plain_page(int status, std::string body)
{
    return page_of(status, "text/plain", std::move(body));
}

class NativeLines final : public StreamWriter {
public:
    NativeLines(Endpoint endpoint, const wire::ChatAnswer& answer)
        : lines_(endpoint, {answer.id, answer.model, answer.created})
    {
    }

    void write(std::string& out, const wire::Delta& delta) override { lines_.write(out, delta); }
    void break_off(std::string& out) override { lines_.break_off(out); }

private:
    wire::ollama_chat::LineWriter lines_;
};

class CompatibleChunks final : public StreamWriter {
public:
    CompatibleChunks(const wire::ChatAnswer& answer, bool include_usage)
        : chunks_({short_id(answer.id), answer.model, answer.created}, include_usage)
    {
    }

    void write(std::string& out, const wire::Delta& delta) override { chunks_.write(out, delta); }
    void break_off(std::string& out) override { chunks_.break_off(out); }

private:
    wire::ollama_openai::ChunkWriter chunks_;
};

}  // namespace

wire::Read<wire::ChatRequest> OllamaNative::read_request(const net::http::Request& request) const
{
    return wire::ollama_chat::read_request(endpoint_, request.body);
}

std::string OllamaNative::write_answer(const wire::ChatAnswer& answer) const
{
    return wire::ollama_chat::write_answer(endpoint_, answer);
}

std::unique_ptr<StreamWriter> OllamaNative::stream_writer(const wire::ChatAnswer& answer, bool) const
{
    return std::make_unique<NativeLines>(endpoint_, answer);
}

std::string OllamaNative::write_error(const wire::ProviderError& error) const
{
    return wire::ollama_chat::write_error(error);
}

wire::Read<wire::ChatRequest> OllamaChatCompletions::read_request(const net::http::Request& request) const
{
    return wire::ollama_openai::read_request(request.body);
}

std::string OllamaChatCompletions::write_answer(const wire::ChatAnswer& answer) const
{
    wire::ChatAnswer shown = answer;
    shown.id = short_id(answer.id);
    return wire::ollama_openai::write_answer(shown);
}

std::unique_ptr<StreamWriter> OllamaChatCompletions::stream_writer(const wire::ChatAnswer& answer,
                                                                   bool include_usage) const
{
    return std::make_unique<CompatibleChunks>(answer, include_usage);
}

std::string OllamaChatCompletions::write_error(const wire::ProviderError& error) const
{
    return wire::openai_chat::write_error(error);
}

std::vector<Dialect::Endpoint> Ollama::endpoints() const
{
    return {{"chat", &chat_}, {"generate", &generate_}, {"chat completions", &chat_completions_}};
}

const Api* Ollama::api_for(const net::http::RequestHead& head) const
{
    const std::string_view path = net::http::path_of(head.target);
    if (head.method != "POST") {
        return nullptr;
    }
    if (path == chat_completions_path) {
        return &chat_completions_;
    }
    return path == ollama_chat_path ? &chat_ : path == generate_path ? &generate_ : nullptr;
}

net::http::Response Ollama::page(const Asked& asked) const
{
    const std::string& method = asked.request.head.method;
    const std::string_view path = net::http::path_of(asked.request.head.target);
    const std::string_view methods = methods_of(path);
    if (methods.empty()) {
        return plain_page(404, "404 page not found");
    }
    if (!allows(methods, method)) {
        net::http::Response response = plain_page(405, "405 method not allowed");
        response.head.headers.add("allow", methods);
        return response;
    }
    if (path == "/") {
        return plain_page(200, "Ollama is running");
    }
    if (path == "/api/version") {
        return ollama_page(wire::ollama_chat::write_version(version));
    }
    return path == "/api/show" ? show_page(asked) : models_page(asked);
}

net::http::Response Ollama::models_page(const Asked& asked) const
{
    const std::string_view path = net::http::path_of(asked.request.head.target);
    const std::string model = tagged_ollama_model(asked.spec.model);
    const std::int64_t context_length = asked.spec.context_window.value_or(usual_context_length);
    if (path == "/api/tags") {
        return ollama_page(wire::ollama_chat::write_tags({model}, asked.created));
    }
    if (path == "/api/ps") {
        return ollama_page(wire::ollama_chat::write_ps({model}, asked.created, context_length));
    }
    if (path == "/v1/models") {
        return page_of(200, "application/json", wire::ollama_openai::write_models({model}, asked.created));
    }
    const std::string_view wanted = path.substr(model_path.size());
    if (!same_ollama_model(wanted, model)) {
        return error_response(chat_completions_, ollama_error_saying(404, fmt::format("model '{}' not found", wanted)));
    }
    return page_of(200, "application/json", wire::ollama_openai::write_model(wanted, asked.created));
}

net::http::Response Ollama::show_page(const Asked& asked) const
{
    const wire::json::Document document(asked.request.body, {});
    const auto model = wire::json::text(wire::json::member(document.root(), "model"));
    const auto name = wire::json::text(wire::json::member(document.root(), "name"));
    const std::string_view wanted = model ? *model : name.value_or("");
    if (wanted.empty()) {
        return error_response(chat_, ollama_error_saying(400, "model is required"));
    }
    if (!same_ollama_model(wanted, asked.spec.model)) {
        return error_response(chat_, ollama_error_saying(404, fmt::format("model '{}' not found", wanted)));
    }
    return ollama_page(
        wire::ollama_chat::write_show(wanted, asked.created, asked.spec.context_window.value_or(usual_context_length)));
}

std::optional<net::http::Response> Ollama::aside(const Asked& asked, const wire::ChatRequest& request) const
{
    if (!request.messages.empty() || refusal(asked.request.head, request, asked.spec)) {
        return std::nullopt;
    }
    const bool chat = net::http::path_of(asked.request.head.target) == ollama_chat_path;
    const auto endpoint = chat ? wire::ollama_chat::Endpoint::chat : wire::ollama_chat::Endpoint::generate;
    return ollama_page(wire::ollama_chat::write_load(endpoint, request.model, asked.created,
                                                     wire::ollama_chat::asks_to_unload(asked.request.body)));
}

std::optional<wire::ProviderError> Ollama::refusal(const net::http::RequestHead& head, const wire::ChatRequest& request,
                                                   const ProviderSpec& spec) const
{
    if (net::http::path_of(head.target) == chat_completions_path) {
        if (auto error = ollama_openai_refusal(request)) {
            return error;
        }
    }
    if (!same_ollama_model(request.model, spec.model)) {
        return usual_error(404, request.model);
    }
    return std::nullopt;
}

wire::ProviderError Ollama::usual_error(int status, std::string_view model) const
{
    return ollama_error(status, model);
}

wire::ProviderError Ollama::unreadable(std::string_view problem, std::string_view) const
{
    return ollama_error_saying(400, std::string(problem));
}

void Ollama::add_rate_limit_headers(net::http::Headers& headers, std::optional<net::Duration> retry_after) const
{
    if (retry_after) {
        headers.set("retry-after", whole_seconds(*retry_after));
    }
}

net::http::Headers Ollama::usual_headers(const net::Chance&) const
{
    return {};
}

}  // namespace chaos::mock_providers
