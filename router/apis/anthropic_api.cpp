// Requests to Anthropic and what comes back.
#include "router/apis/anthropic_api.hpp"

#include "router/apis/sse_reader.hpp"
#include "wire/anthropic_messages.hpp"

namespace chaos::router {
namespace {

class MessagesStreamReader final : public SseStreamReader {
    void read(const wire::SseEvent& event, StreamUnit& unit) override
    {
        unit.idle = event.name == "ping" || event.data.find_first_not_of(" \t\r\n") == std::string::npos;
        if (unit.idle) return;
        events_.read(event, unit.deltas);
        unit.counted = events_.counted();
    }

    wire::anthropic::EventReader events_;
};

}  // namespace

std::string AnthropicApi::target(const std::string& base_path, const std::string&, bool) const
{
    return base_path + (base_path.ends_with("/v1") ? "/messages" : "/v1/messages");
}

std::string AnthropicApi::models_target(const std::string& base_path) const
{
    return base_path + (base_path.ends_with("/v1") ? "/models" : "/v1/models");
}

void AnthropicApi::add_headers(net::http::Headers& headers, const std::string& key) const
{
    if (!key.empty()) headers.add("x-api-key", key);
    headers.add("anthropic-version", "2023-06-01");
}

std::string AnthropicApi::write_request(const wire::ChatRequest& request) const
{
    return wire::anthropic::write_request(request);
}

std::unique_ptr<StreamReader> AnthropicApi::stream_reader(std::size_t) const
{
    return std::make_unique<MessagesStreamReader>();
}

WholeAnswer AnthropicApi::read_answer(std::string_view body, std::size_t, wire::json::Parser& parser) const
{
    WholeAnswer whole;
    auto read = wire::anthropic::read_answer(body, parser);
    whole.problem = std::move(read.problem);
    if (!read) return whole;
    whole.answer = std::move(read.value->answer);
    whole.error = std::move(read.value->error);
    whole.has_content = read.value->has_content;
    return whole;
}

}  // namespace chaos::router
