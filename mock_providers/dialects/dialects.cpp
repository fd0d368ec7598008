// The table of dialects.
#include <fmt/format.h>

#include <algorithm>

#include "mock_providers/dialects/anthropic.hpp"
#include "mock_providers/dialects/dialect.hpp"
#include "mock_providers/dialects/gemini.hpp"
#include "mock_providers/dialects/ollama.hpp"
#include "mock_providers/dialects/openai.hpp"

namespace chaos::mock_providers {

void StreamWriter::break_off(std::string&) {}

/// A comment, as the standard of server-sent events proposes it (WHATWG HTML, 9.2.7).
std::string_view Api::keep_alive() const
{
    return stream_content_type().starts_with("text/event-stream") ? ": keep-alive\n\n" : "";
}

std::string_view Api::finish_key() const
{
    return R"("finish_reason":)";
}

std::optional<net::http::Response> Dialect::aside(const Asked&, const wire::ChatRequest&) const
{
    return std::nullopt;
}

wire::ProviderError Dialect::unreadable(std::string_view problem, std::string_view model) const
{
    wire::ProviderError error = usual_error(400, model);
    error.message += fmt::format(" ({})", problem);
    return error;
}

net::Duration Dialect::told_wait(net::Duration wait) const
{
    return std::chrono::ceil<std::chrono::seconds>(wait);
}

void Dialect::add_standing(net::http::Headers&, const std::vector<Standing>&, net::WallTime) const {}

net::http::Response Dialect::rate_limit(const Api& api, std::string_view model,
                                        std::optional<net::Duration> retry_after) const
{
    wire::ProviderError error = usual_error(429, model);
    if (retry_after) {
        error.message += fmt::format(" Please try again in {}.", net::to_string(*retry_after));
    }
    net::http::Response response = error_response(api, error);
    add_rate_limit_headers(response.head.headers, retry_after);
    return response;
}

net::http::Response error_response(const Api& api, const wire::ProviderError& error)
{
    net::http::Response response;
    response.head.status = error.status;
    response.head.headers.add("content-type", "application/json");
    response.body = api.write_error(error);
    return response;
}

const std::vector<const Dialect*>& dialects()
{
    static const OpenAi openai;
    static const Anthropic anthropic;
    static const Ollama ollama;
    static const Gemini gemini;
    static const std::vector<const Dialect*> all = {&openai, &anthropic, &ollama, &gemini};
    return all;
}

const Dialect* find_dialect(std::string_view name)
{
    const auto found = std::find_if(dialects().begin(), dialects().end(),
                                    [&](const Dialect* dialect) { return dialect->name() == name; });
    return found == dialects().end() ? nullptr : *found;
}

}  // namespace chaos::mock_providers
