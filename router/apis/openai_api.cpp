// Requests to OpenAI's APIs and what comes back.
#include "router/apis/openai_api.hpp"

#include <algorithm>
#include <map>

#include "router/apis/sse_reader.hpp"
#include "wire/openai_chat.hpp"
#include "wire/openai_responses.hpp"

namespace chaos::router {
namespace {

namespace delta = wire::delta;

std::string openai_path(const std::string& base_path, std::string_view endpoint)
{
    const std::string_view base = base_path.empty() ? std::string_view("/v1") : std::string_view(base_path);
    std::string path;
    path.reserve(base.size() + endpoint.size());
    return path.append(base).append(endpoint);
}

void add_bearer(net::http::Headers& headers, const std::string& key)
{
    if (!key.empty()) headers.add("authorization", "Bearer " + key);
}

/// Tidy pieces: in each choice indices 0, 1, 2 ... in order, id and name once and with the first piece, arguments as
/// text.
class ChatStreamReader final : public SseStreamReader {
    void read(const wire::SseEvent& event, StreamUnit& unit) override
    {
        chunks_.read(event, unit.deltas, unit.others);
        // What has neither deltas nor choices is a comment in disguise.
        unit.idle = unit.deltas.empty() && event.data.find("choices") == std::string::npos;
        see_calls(0, unit.deltas);
        for (const wire::ChoiceDeltas& other : unit.others) see_calls(other.choice, other.deltas);
        unit.only_usage = only_counts(unit) && event.data.find("\"usage\"") != std::string::npos;
        if (any_call_ && !untidy_) untidy_ = has_object_arguments(event.data);
        unit.untidy = untidy_;
    }

    static bool only_counts(const StreamUnit& unit)
    {
        const auto counts = [](const wire::Delta& delta) {
            return std::holds_alternative<delta::UsageReport>(delta) || std::holds_alternative<delta::Start>(delta);
        };
        return unit.others.empty() && !unit.deltas.empty() &&
               std::all_of(unit.deltas.begin(), unit.deltas.end(), counts) &&
               std::holds_alternative<delta::UsageReport>(unit.deltas.back());
    }

    void see_calls(std::int64_t choice, const std::vector<wire::Delta>& deltas)
    {
        for (const wire::Delta& delta : deltas) {
            if (const auto* call = std::get_if<delta::Call>(&delta)) see_call(*call, ids_[choice]);
        }
    }

    void see_call(const delta::Call& piece, std::vector<std::string>& ids)
    {
        any_call_ = true;
        const auto index = static_cast<std::size_t>(piece.index);
        const bool next = piece.index >= 0 && index == ids.size();
        if (next) {
            untidy_ = untidy_ || piece.id.empty() || piece.name.empty();
            ids.push_back(piece.id);
            return;
        }
        const bool known = piece.index >= 0 && index < ids.size();
        untidy_ = untidy_ || !known || !piece.name.empty() || (!piece.id.empty() && piece.id != ids[index]);
    }

    wire::openai_chat::ChunkReader chunks_;
    std::map<std::int64_t, std::vector<std::string>> ids_;  ///< of each choice, by index, as far as the pieces are tidy
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

WholeAnswer whole_chat_answer(wire::openai_chat::AnswerBody&& said, std::string_view body)
{
    WholeAnswer whole{std::move(said.answer), std::move(said.others), std::move(said.error), said.has_choices};
    const auto has_calls = [](const wire::ChatAnswer& choice) { return !choice.tool_calls.empty(); };
    const bool any_calls = has_calls(whole.answer) || std::any_of(whole.others.begin(), whole.others.end(), has_calls);
    whole.must_rewrite = any_calls && has_object_arguments(body);
    return whole;
}

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

WholeAnswer OpenAiChatApi::read_answer(std::string_view body, std::size_t, wire::json::Parser& parser) const
{
    auto read = wire::openai_chat::read_answer(body, parser);
    return read ? whole_chat_answer(*std::move(read.value), body) : WholeAnswer{.problem = std::move(read.problem)};
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

WholeAnswer OpenAiResponsesApi::read_answer(std::string_view body, std::size_t, wire::json::Parser& parser) const
{
    WholeAnswer whole;
    auto read = wire::openai_responses::read_answer(body, parser);
    whole.problem = std::move(read.problem);
    if (!read) return whole;
    whole.answer = std::move(read.value->answer);
    whole.error = std::move(read.value->error);
    whole.has_content = read.value->has_output;
    return whole;
}

}  // namespace chaos::router
