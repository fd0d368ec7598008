// Requests of OpenAI's callers and what they get back.
#include "router/doors/openai_door.hpp"

#include "net/json.hpp"
#include "wire/json_splice.hpp"
#include "wire/openai_chat.hpp"
#include "wire/openai_responses.hpp"
#include "wire/sse.hpp"

namespace chaos::router {
namespace {

namespace delta = wire::delta;

class ChatStreamWriter final : public StreamWriter {
public:
    explicit ChatStreamWriter(AnswerIdentity identity)
        : start_{std::move(identity.id), std::move(identity.model), identity.created},
          include_usage_(identity.include_usage)
    {
    }

    void write(std::string& out, const wire::Delta& delta) override
    {
        if (const auto* start = std::get_if<delta::Start>(&delta)) {
            if (!begun_) start_ = *start;
            begin(out);
            return;
        }
        if (const auto* usage = std::get_if<delta::UsageReport>(&delta)) {
            usage_ = *usage;
            return;
        }
        begin(out);
        append(out, delta);
    }
    void end(std::string& out) override
    {
        if (usage_ && include_usage_) append(out, *usage_);
        append(out, delta::Done{});
    }
    void fail(std::string& out, const wire::ProviderError& error) override
    {
        wire::append_sse(out, wire::openai_chat::write_error(error));
    }

private:
    void begin(std::string& out)
    {
        if (begun_) return;
        begun_ = true;
        append(out, start_);
    }
    void append(std::string& out, const wire::Delta& delta) const
    {
        wire::append_sse(out, wire::openai_chat::write_chunk(start_, delta, include_usage_));
    }

    delta::Start start_;
    bool include_usage_;
    bool begun_ = false;
    std::optional<delta::UsageReport> usage_;
};

/// Of a stream that is passed on, only the numbers of its events matter: an error goes on counting.
class ResponsesStreamWriter final : public StreamWriter {
public:
    explicit ResponsesStreamWriter(AnswerIdentity identity)
        : start_{std::move(identity.id), std::move(identity.model), identity.created}
    {
    }

    void passed(const StreamUnit&) override { ++passed_; }
    void write(std::string& out, const wire::Delta& delta) override
    {
        const auto* start = std::get_if<delta::Start>(&delta);
        if (start != nullptr && begun_) return;
        if (!begun_ && start == nullptr) events_.write(out, start_);
        begun_ = true;
        events_.write(out, delta);
    }
    void end(std::string& out) override
    {
        if (begun_) events_.write(out, delta::Done{});
    }
    void fail(std::string& out, const wire::ProviderError& error) override
    {
        if (passed_ == 0) {
            write(out, delta::Failed{error});
            return;
        }
        std::string data = R"({"type":"error","sequence_number":)" + std::to_string(passed_) + R"(,"code":)";
        net::append_json_string(data, error.code.empty() ? error.type : error.code);
        data += R"(,"message":)";
        net::append_json_string(data, error.message);
        wire::append_sse(out, data + R"(,"param":null})", "error");
    }

private:
    delta::Start start_;
    wire::openai_responses::EventWriter events_;
    bool begun_ = false;
    std::int64_t passed_ = 0;
};

net::http::Response openai_error(const SurfacedError& error, const Redactor& redactor)
{
    net::http::Response response = error_head(error);
    response.body =
        error.body.empty() ? wire::openai_chat::write_error(redacted(error, redactor)) : redactor.clean(error.body);
    return response;
}

std::string user_message(std::string_view text)
{
    std::string message = R"({"role":"user","content":)";
    net::append_json_string(message, text);
    return message + "}";
}

}  // namespace

bool OpenAiChatDoor::read_facts(FactsReader& reader, std::string_view body, RequestFacts& facts,
                                std::string& problem) const
{
    return reader.read(body, facts, problem);
}

wire::Read<wire::ChatRequest> OpenAiChatDoor::read(std::string_view body) const
{
    return wire::openai_chat::read_request(body);
}

std::optional<std::string> OpenAiChatDoor::append_user_message(std::string_view body, std::string_view text) const
{
    return router::append_user_message(body, text);
}

std::string OpenAiChatDoor::spliced(std::string_view body, const std::string& model, std::string_view parameters,
                                    bool count_usage) const
{
    std::string result = Door::spliced(body, model, parameters, count_usage);
    if (!count_usage) return result;
    const std::string_view options = wire::json::raw_member(result, "stream_options");
    auto with_usage = options.starts_with('{') ? wire::json::with_members(options, {{"include_usage", "true"}})
                                               : wire::Read<std::string>{R"({"include_usage":true})", ""};
    if (!with_usage) return result;
    auto edited = wire::json::with_members(result, {{"stream_options", *std::move(with_usage.value)}});
    return edited ? *std::move(edited.value) : result;
}

std::string OpenAiChatDoor::write_answer(const wire::ChatAnswer& answer) const
{
    return wire::openai_chat::write_answer(answer);
}

std::unique_ptr<StreamWriter> OpenAiChatDoor::stream_writer(AnswerIdentity identity) const
{
    return std::make_unique<ChatStreamWriter>(std::move(identity));
}

net::http::Response OpenAiChatDoor::error_response(const SurfacedError& error, const Redactor& redactor) const
{
    return openai_error(error, redactor);
}

std::string OpenAiChatDoor::write_models(const std::vector<std::string>& models, std::int64_t created) const
{
    return wire::openai_chat::write_models(models, created);
}

bool OpenAiResponsesDoor::read_facts(FactsReader& reader, std::string_view body, RequestFacts& facts,
                                     std::string& problem) const
{
    return reader.read_responses(body, facts, problem);
}

wire::Read<wire::ChatRequest> OpenAiResponsesDoor::read(std::string_view body) const
{
    return wire::openai_responses::read_request(body);
}

/// An input that is one text becomes a list first.
std::optional<std::string> OpenAiResponsesDoor::append_user_message(std::string_view body, std::string_view text) const
{
    const std::string_view input = wire::json::raw_member(body, "input");
    const auto said = wire::json::decoded(input);
    const std::string list = said ? "[" + user_message(*said) + "]" : std::string(input);
    auto longer = wire::json::with_element(list, user_message(text));
    if (!longer) return std::nullopt;
    return wire::json::with_members(body, {{"input", *std::move(longer)}}).value;
}

/// Whole reasoning items: without what is sealed in them they mean nothing to the vendor.
std::optional<std::string> OpenAiResponsesDoor::without_sealed_reasoning(std::string_view body) const
{
    const std::string_view input = wire::json::raw_member(body, "input");
    std::string kept;
    bool found = false;
    const bool is_list = wire::json::for_each_element(input, [&](wire::json::Span span) {
        const std::string_view item = wire::json::piece(input, span);
        const bool sealed = wire::json::decoded(wire::json::raw_member(item, "type")) == "reasoning";
        found = found || sealed;
        if (sealed) return;
        if (!kept.empty()) kept += ',';
        kept += item;
    });
    if (!is_list || !found) return std::nullopt;
    return wire::json::with_members(body, {{"input", "[" + kept + "]"}}).value;
}

std::string OpenAiResponsesDoor::write_answer(const wire::ChatAnswer& answer) const
{
    return wire::openai_responses::write_answer(answer);
}

std::unique_ptr<StreamWriter> OpenAiResponsesDoor::stream_writer(AnswerIdentity identity) const
{
    return std::make_unique<ResponsesStreamWriter>(std::move(identity));
}

net::http::Response OpenAiResponsesDoor::error_response(const SurfacedError& error, const Redactor& redactor) const
{
    return openai_error(error, redactor);
}

std::string OpenAiResponsesDoor::write_models(const std::vector<std::string>& models, std::int64_t created) const
{
    return wire::openai_chat::write_models(models, created);
}

}  // namespace chaos::router
