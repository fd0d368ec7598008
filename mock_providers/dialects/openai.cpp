// OpenAI's endpoints, headers and the shapes of its answers.
#include "mock_providers/dialects/openai.hpp"

#include <fmt/format.h>

#include "mock_providers/dialects/openai_errors.hpp"
#include "mock_providers/dialects/openai_rules.hpp"
#include "mock_providers/dialects/retry_after.hpp"
#include "wire/openai_chat.hpp"
#include "wire/sse.hpp"

namespace chaos::mock_providers {

namespace {

constexpr std::string_view chat_path = "/v1/chat/completions";
constexpr std::string_view models_path = "/v1/models";

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

const Api* OpenAi::api_for(const net::http::RequestHead& head) const
{
    const bool chat = head.method == "POST" && net::http::path_of(head.target) == chat_path;
    return chat ? &chat_completions_ : nullptr;
}

net::http::Response OpenAi::page(const Asked& asked) const
{
    const std::string& method = asked.request.head.method;
    const std::string_view path = net::http::path_of(asked.request.head.target);
    const bool is_chat = path == chat_path;
    const bool is_model = path.starts_with("/v1/models/");
    if (!is_chat && !is_model && path != models_path) {
        wire::ProviderError error = usual_error(404, asked.spec.model);
        error.code = "unknown_url";
        error.message = fmt::format("Unknown request URL: {} {}.", method, path);
        return error_response(chat_completions_, error);
    }
    if (is_chat || method != "GET") {
        net::http::Response response = error_response(chat_completions_, usual_error(405, asked.spec.model));
        response.head.headers.add("allow", is_chat ? "POST" : "GET");
        return response;
    }
    const std::string_view model = is_model ? path.substr(models_path.size() + 1) : "";
    if (is_model && model != asked.spec.model) {
        return error_response(chat_completions_, usual_error(404, model));
    }
    net::http::Response response;
    response.head.headers.add("content-type", "application/json");
    response.body = is_model ? wire::openai_chat::write_model(asked.spec.model, asked.created)
                             : wire::openai_chat::write_models({asked.spec.model}, asked.created);
    return response;
}

std::optional<wire::ProviderError> OpenAi::refusal(const net::http::RequestHead&, const wire::ChatRequest& request,
                                                   const ProviderSpec& spec) const
{
    return openai_refusal(request, spec.model, spec.context_window);
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
