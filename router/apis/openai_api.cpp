// Requests to OpenAI's APIs and what comes back.
#include "router/apis/openai_api.hpp"

#include <map>

#include "router/apis/sse_reader.hpp"
#include "wire/openai_chat.hpp"
#include "wire/openai_responses.hpp"

namespace chaos::router {
namespace {

namespace delta = wire::delta;

std::string openai_path(const std::string& base_path, std::string_view endpoint)
{
    return (base_path.empty() ? "/v1" : base_path) + std::string(endpoint);
}

void add_bearer(net::http::Headers& headers, const std::string& key)
{
    if (!key.empty()) headers.add("authorization", "Bearer " + key);
}

/// Tidy pieces: indices 0, 1, 2 ... in order, id and name once and with the first piece, arguments as text.
class ChatStreamReader final : public SseStreamReader {
    void read(const wire::SseEvent& event, StreamUnit& unit) override
    {
        chunks_.read(event, unit.deltas);
        // What has neither deltas nor choices is a comment in disguise.
        unit.idle = unit.deltas.empty() && event.data.find("choices") == std::string::npos;
        bool usage = !unit.deltas.empty();
        for (const wire::Delta& delta : unit.deltas) {
            const auto* call = std::get_if<delta::Call>(&delta);
            if (call != nullptr) see_call(*call);
            usage = usage &&
                    (std::holds_alternative<delta::UsageReport>(delta) || std::holds_alternative<delta::Start>(delta));
        }
        unit.only_usage = usage && event.data.find("\"usage\"") != std::string::npos &&
                          std::holds_alternative<delta::UsageReport>(unit.deltas.back());
        if (any_call_ && !untidy_) untidy_ = has_object_arguments(event.data);
        unit.untidy = untidy_;
    }

    void see_call(const delta::Call& piece)
    {
        any_call_ = true;
        const auto index = static_cast<std::size_t>(piece.index);
        const bool next = piece.index >= 0 && index == ids_.size();
        if (next) {
            untidy_ = untidy_ || piece.id.empty() || piece.name.empty();
            ids_.push_back(piece.id);
            return;
        }
        const bool known = piece.index >= 0 && index < ids_.size();
        untidy_ = untidy_ || !known || !piece.name.empty() || (!piece.id.empty() && piece.id != ids_[index]);
    }

    wire::openai_chat::ChunkReader chunks_;
    std::vector<std::string> ids_;  ///< by index, as far as the pieces are tidy
    bool any_call_ = false;
    bool untidy_ = false;
};

/// Calls are counted by their place among all items there, and from 0 here.
class ResponsesStreamReader final : public SseStreamReader {
    void read(const wire::SseEvent& event, StreamUnit& unit) override
    {
        events_.read(event, unit.deltas);
        const bool known = event.name.starts_with("response.") || event.data.find("\"response.") != std::string::npos;
        unit.idle = unit.deltas.empty() && !known;
        for (wire::Delta& delta : unit.deltas) {
            auto* call = std::get_if<delta::Call>(&delta);
            if (call == nullptr) continue;
            const auto place = places_.emplace(call->index, static_cast<int>(places_.size())).first;
            call->index = place->second;
        }
    }

    wire::openai_responses::EventReader events_;
    std::map<int, int> places_;
};

}  // namespace

std::string OpenAiChatApi::target(const std::string& base_path, const std::string&, bool) const
{
    return openai_path(base_path, "/chat/completions");
}

std::string OpenAiChatApi::models_target(const std::string& base_path) const
{
    return openai_path(base_path, "/models");
}

void OpenAiChatApi::add_headers(net::http::Headers& headers, const std::string& key) const
{
    add_bearer(headers, key);
}

std::string OpenAiChatApi::write_request(const wire::ChatRequest& request) const
{
    return wire::openai_chat::write_request(request);
}

std::unique_ptr<StreamReader> OpenAiChatApi::stream_reader(std::size_t) const
{
    return std::make_unique<ChatStreamReader>();
}

WholeAnswer OpenAiChatApi::read_answer(std::string_view body, std::size_t) const
{
    WholeAnswer whole;
    auto read = wire::openai_chat::read_answer(body);
    whole.problem = std::move(read.problem);
    if (!read) return whole;
    whole.answer = std::move(read.value->answer);
    whole.error = std::move(read.value->error);
    whole.has_content = read.value->has_choices;
    whole.must_rewrite = !whole.answer.tool_calls.empty() && has_object_arguments(body);
    return whole;
}

std::string OpenAiResponsesApi::target(const std::string& base_path, const std::string&, bool) const
{
    return openai_path(base_path, "/responses");
}

std::string OpenAiResponsesApi::models_target(const std::string& base_path) const
{
    return openai_path(base_path, "/models");
}

void OpenAiResponsesApi::add_headers(net::http::Headers& headers, const std::string& key) const
{
    add_bearer(headers, key);
}

std::string OpenAiResponsesApi::write_request(const wire::ChatRequest& request) const
{
    return wire::openai_responses::write_request(request);
}

std::unique_ptr<StreamReader> OpenAiResponsesApi::stream_reader(std::size_t) const
{
    return std::make_unique<ResponsesStreamReader>();
}

WholeAnswer OpenAiResponsesApi::read_answer(std::string_view body, std::size_t) const
{
    WholeAnswer whole;
    auto read = wire::openai_responses::read_answer(body);
    whole.problem = std::move(read.problem);
    if (!read) return whole;
    whole.answer = std::move(read.value->answer);
    whole.error = std::move(read.value->error);
    whole.has_content = read.value->has_output;
    return whole;
}

}  // namespace chaos::router
