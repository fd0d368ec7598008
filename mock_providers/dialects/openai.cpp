// OpenAI's endpoints, headers and the shapes of its answers.
#include "mock_providers/dialects/openai.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mock_providers/dialects/openai_errors.hpp"
#include "mock_providers/dialects/openai_rules.hpp"
#include "mock_providers/dialects/retry_after.hpp"
#include "wire/openai_chat.hpp"
#include "wire/openai_responses.hpp"
#include "wire/sse.hpp"

namespace chaos::mock_providers {

namespace {

constexpr std::string_view openai_chat_path = "/v1/chat/completions";
constexpr std::string_view responses_path = "/v1/responses";
constexpr std::string_view openai_models_path = "/v1/models";

class ChunkWriter final : public StreamWriter {
public:
    ChunkWriter(const wire::ChatAnswer& answer, bool include_usage)
        : identity_{answer.id, answer.model, answer.created}, include_usage_(include_usage)
    {
    }

    void write(std::string& out, const wire::Delta& delta) override
    {
        wire::append_sse(out, wire::openai_chat::write_chunk(identity_, delta, include_usage_));
    }

private:
    wire::delta::Start identity_;
    bool include_usage_;
};

class EventWriter final : public StreamWriter {
public:
    void write(std::string& out, const wire::Delta& delta) override { writer_.write(out, delta); }

private:
    wire::openai_responses::EventWriter writer_;
};

/// The id in a path below `collection`, or nothing.
std::string_view id_below(std::string_view collection, std::string_view path)
{
    const bool below = path.starts_with(collection) && path.substr(collection.size()).starts_with('/');
    return below ? path.substr(collection.size() + 1) : "";
}

wire::ProviderError no_such_response(std::string_view id)
{
    wire::ProviderError error;
    error.status = 404;
    error.type = "invalid_request_error";
    error.message = fmt::format("Response with id '{}' not found.", id);
    return error;
}

/// The stored response that a request is about: itself, its inputs, or that it be cancelled; nothing if it is none.
std::string_view asked_response(const net::http::RequestHead& head)
{
    std::string_view id = id_below(responses_path, net::http::path_of(head.target));
    const std::string_view verb = id.substr(std::min(id.find('/'), id.size()));
    const bool cancel = head.method == "POST" && verb == "/cancel";
    const bool read = head.method == "GET" && (verb.empty() || verb == "/input_items");
    const bool remove = head.method == "DELETE" && verb.empty();
    id.remove_suffix(verb.size());
    return cancel || read || remove ? id : "";
}

}  // namespace

wire::Read<wire::ChatRequest> ChatCompletions::read_request(const net::http::Request& request) const
{
    return wire::openai_chat::read_request(request.body);
}

std::string ChatCompletions::write_answer(const wire::ChatAnswer& answer) const
{
    return wire::openai_chat::write_answer(answer);
}

std::unique_ptr<StreamWriter> ChatCompletions::stream_writer(const wire::ChatAnswer& answer, bool include_usage) const
{
    return std::make_unique<ChunkWriter>(answer, include_usage);
}

std::string ChatCompletions::write_error(const wire::ProviderError& error) const
{
    return wire::openai_chat::write_error(error);
}

wire::Read<wire::ChatRequest> Responses::read_request(const net::http::Request& request) const
{
    return wire::openai_responses::read_request(request.body);
}

std::string Responses::write_answer(const wire::ChatAnswer& answer) const
{
    return wire::openai_responses::write_answer(answer);
}

std::unique_ptr<StreamWriter> Responses::stream_writer(const wire::ChatAnswer&, bool) const
{
    return std::make_unique<EventWriter>();
}

std::string Responses::write_error(const wire::ProviderError& error) const
{
    return wire::openai_chat::write_error(error);
}

std::vector<Dialect::Endpoint> OpenAi::endpoints() const
{
    return {{"chat completions", &chat_completions_}, {"responses", &responses_}};
}

const Api* OpenAi::api_for(const net::http::RequestHead& head) const
{
    const std::string_view path = net::http::path_of(head.target);
    if (head.method != "POST") return nullptr;
    if (path == openai_chat_path) return &chat_completions_;
    return path == responses_path ? &responses_ : nullptr;
}

net::http::Response OpenAi::page(const Asked& asked) const
{
    const net::http::RequestHead& head = asked.request.head;
    const std::string_view path = net::http::path_of(head.target);
    if (path == openai_chat_path || path == responses_path) return wrong_method(asked, "POST");
    if (const std::string_view id = asked_response(head); !id.empty()) {
        return error_response(responses_, no_such_response(id));
    }
    const bool about_models = path == openai_models_path || !id_below(openai_models_path, path).empty();
    if (!about_models) return not_found(asked);
    return head.method == "GET" ? models(asked) : wrong_method(asked, "GET");
}

net::http::Response OpenAi::not_found(const Asked& asked) const
{
    const net::http::RequestHead& head = asked.request.head;
    wire::ProviderError error = usual_error(404, asked.spec.model);
    error.code = "unknown_url";
    error.message = fmt::format("Unknown request URL: {} {}.", head.method, net::http::path_of(head.target));
    return error_response(chat_completions_, error);
}

net::http::Response OpenAi::wrong_method(const Asked& asked, std::string_view allowed) const
{
    net::http::Response response = error_response(chat_completions_, usual_error(405, asked.spec.model));
    response.head.headers.add("allow", allowed);
    return response;
}

/// The list of the one model there is, or the model itself.
net::http::Response OpenAi::models(const Asked& asked) const
{
    const std::string_view model = id_below(openai_models_path, net::http::path_of(asked.request.head.target));
    if (!model.empty() && model != asked.spec.model) return error_response(chat_completions_, usual_error(404, model));
    net::http::Response response;
    response.head.headers.add("content-type", "application/json");
    response.body = model.empty() ? wire::openai_chat::write_models({asked.spec.model}, asked.created)
                                  : wire::openai_chat::write_model(asked.spec.model, asked.created);
    return response;
}

std::optional<wire::ProviderError> OpenAi::refusal(const net::http::RequestHead& head, const wire::ChatRequest& request,
                                                   const ProviderSpec& spec) const
{
    return api_for(head) == &responses_ ? openai_responses_refusal(request, spec.model, spec.context_window)
                                        : openai_chat_refusal(request, spec.model, spec.context_window);
}

wire::ProviderError OpenAi::usual_error(int status, std::string_view model) const
{
    return openai_error(status, model);
}

void OpenAi::add_rate_limit_headers(net::http::Headers& headers, std::optional<net::Duration> retry_after) const
{
    headers.set("x-ratelimit-remaining-requests", "0");
    if (!retry_after) return;
    headers.set("x-ratelimit-reset-requests", net::to_string(*retry_after));
    headers.set("retry-after", whole_seconds(*retry_after));
    headers.set("retry-after-ms", whole_milliseconds(*retry_after));
}

net::http::Headers OpenAi::usual_headers(const net::Chance& id) const
{
    net::http::Headers headers;
    headers.add("x-request-id", fmt::format("req_{:016x}{:016x}", id.bits(), id.about(1).bits()));
    headers.add("openai-version", "2020-10-01");
    headers.add("x-ratelimit-limit-requests", "10000");
    headers.add("x-ratelimit-remaining-requests", "9999");
    headers.add("x-ratelimit-reset-requests", "6ms");
    return headers;
}

}  // namespace chaos::mock_providers
