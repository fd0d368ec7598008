// Requests of Anthropic's callers and what they get back.
#include "router/doors/anthropic_door.hpp"

#include "net/json.hpp"
#include "wire/anthropic_messages.hpp"
#include "wire/json_splice.hpp"
#include "wire/sse.hpp"

namespace chaos::router {
namespace {

namespace delta = wire::delta;
using wire::FinishReason;

/// The reason and the counts are one event here, and the last but one: it waits until both are known.
class MessagesStreamWriter final : public StreamWriter {
public:
    explicit MessagesStreamWriter(AnswerIdentity identity)
    {
        answer_.id = std::move(identity.id);
        answer_.model = std::move(identity.model);
        answer_.usage = wire::Usage{identity.prompt_tokens, 0};
    }

    void write(std::string& out, const wire::Delta& delta) override
    {
        if (const auto* start = std::get_if<delta::Start>(&delta)) {
            if (events_) return;
            answer_.id = start->id;
            answer_.model = start->model;
        } else if (const auto* finish = std::get_if<delta::Finish>(&delta)) {
            finish_ = *finish;
        } else if (const auto* usage = std::get_if<delta::UsageReport>(&delta)) {
            answer_.usage = usage->usage;
        } else {
            begin(out);
            events_->write(out, delta);
        }
    }
    void ping(std::string& out) override { out += "event: ping\ndata: {\"type\": \"ping\"}\n\n"; }
    void end(std::string& out) override
    {
        if (finish_) {
            begin(out);
            events_->finish_with(out, *finish_, answer_.usage.value_or(wire::Usage{}));
        }
        wire::append_sse(out, R"({"type":"message_stop"})", "message_stop");
    }
    void fail(std::string& out, const wire::ProviderError& error) override
    {
        wire::append_sse(out, wire::anthropic::write_error(error), "error");
    }

private:
    void begin(std::string& out)
    {
        if (events_) return;
        events_ = std::make_unique<wire::anthropic::EventWriter>(answer_, wire::anthropic::Thinking::unsigned_text);
        events_->write(out, delta::Start{});
    }

    wire::ChatAnswer answer_;
    std::unique_ptr<wire::anthropic::EventWriter> events_;
    std::optional<delta::Finish> finish_;
};

/// The statuses and words that this vendor's clients know; others become the nearest.
struct AnthropicError {
    int status;
    std::string_view type;
};
AnthropicError nearest_error(int status)
{
    switch (status) {
        case 401:
            return {401, "authentication_error"};
        case 402:
            return {402, "billing_error"};
        case 403:
            return {403, "permission_error"};
        case 404:
            return {404, "not_found_error"};
        case 413:
            return {413, "request_too_large"};
        case 429:
            return {429, "rate_limit_error"};
        case 503:
        case 529:
            return {529, "overloaded_error"};
        case 504:
            return {504, "timeout_error"};
        default:
            break;
    }
    return status >= 500 ? AnthropicError{status, "api_error"} : AnthropicError{status, "invalid_request_error"};
}

/// The blocks of one message's content without those that are sealed; nothing if there are none.
std::optional<std::string> without_thinking(std::string_view content)
{
    std::string kept;
    bool found = false;
    const bool is_list = wire::json::for_each_element(content, [&](wire::json::Span span) {
        const std::string_view block = wire::json::piece(content, span);
        const auto type = wire::json::decoded(wire::json::raw_member(block, "type"));
        const bool sealed = type == "thinking" || type == "redacted_thinking";
        found = found || sealed;
        if (sealed) return;
        if (!kept.empty()) kept += ',';
        kept += block;
    });
    if (!is_list || !found) return std::nullopt;
    if (kept.empty()) kept = R"({"type":"text","text":"..."})";
    return "[" + kept + "]";
}

}  // namespace

bool AnthropicDoor::read_facts(FactsReader& reader, std::string_view body, RequestFacts& facts,
                               std::string& problem) const
{
    return reader.read_messages(body, facts, problem);
}

wire::Read<wire::ChatRequest> AnthropicDoor::read(std::string_view body) const
{
    return wire::anthropic::read_request(body);
}

std::optional<std::string> AnthropicDoor::append_user_message(std::string_view body, std::string_view text) const
{
    return router::append_user_message(body, text);
}

/// With the blocks goes the wish to think: a turn that had tools would have to begin with a thought.
std::optional<std::string> AnthropicDoor::without_sealed_reasoning(std::string_view body) const
{
    const std::string_view messages = wire::json::raw_member(body, "messages");
    std::string kept;
    bool found = false;
    const bool is_list = wire::json::for_each_element(messages, [&](wire::json::Span span) {
        const std::string_view message = wire::json::piece(messages, span);
        auto content = without_thinking(wire::json::raw_member(message, "content"));
        if (!kept.empty()) kept += ',';
        found = found || content;
        auto rewritten = content ? wire::json::with_members(message, {{"content", *std::move(content)}}).value
                                 : std::optional<std::string>(message);
        kept += rewritten.value_or(std::string(message));
    });
    if (!is_list || !found) return std::nullopt;
    std::vector<wire::json::Edit> edits{{"messages", "[" + kept + "]"}};
    if (!wire::json::raw_member(body, "thinking").empty()) edits.push_back({"thinking", R"({"type":"disabled"})"});
    return wire::json::with_members(body, edits).value;
}

std::string AnthropicDoor::write_answer(const wire::ChatAnswer& answer) const
{
    return wire::anthropic::write_answer(answer, wire::anthropic::Thinking::unsigned_text);
}

std::unique_ptr<StreamWriter> AnthropicDoor::stream_writer(AnswerIdentity identity) const
{
    return std::make_unique<MessagesStreamWriter>(std::move(identity));
}

net::http::Response AnthropicDoor::error_response(const SurfacedError& error, const Redactor& redactor) const
{
    const AnthropicError nearest = nearest_error(error.status);
    net::http::Response response = error_head(error);
    response.head.status = nearest.status;
    if (!error.body.empty()) {
        response.body = redactor.clean(error.body);
        return response;
    }
    wire::ProviderError words = redacted(error, redactor);
    words.type = nearest.type;
    response.body = wire::anthropic::write_error(words);
    return response;
}

std::string AnthropicDoor::write_models(const std::vector<std::string>& models, std::int64_t) const
{
    return wire::anthropic::write_models(models);
}

}  // namespace chaos::router
