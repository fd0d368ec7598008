// Answers, streams and errors as each vendor writes them, and requests and replies as its callers do: for tests that go
// across protocols.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "router/doors/door.hpp"
#include "tests/router/world.hpp"
#include "wire/anthropic_messages.hpp"
#include "wire/gemini.hpp"
#include "wire/ollama_chat.hpp"
#include "wire/openai_chat.hpp"
#include "wire/openai_responses.hpp"

namespace chaos::router {

inline const std::vector<Protocol> all_protocols{Protocol::openai_chat, Protocol::openai_responses, Protocol::anthropic,
                                                 Protocol::ollama, Protocol::gemini};
inline const std::vector<Protocol> caller_protocols{Protocol::openai_chat, Protocol::openai_responses,
                                                    Protocol::anthropic};

/// An answer as the vendor would give it.
inline wire::ChatAnswer vendor_answer(Protocol protocol)
{
    wire::ChatAnswer answer;
    answer.id = protocol == Protocol::anthropic          ? "msg_1"
                : protocol == Protocol::openai_responses ? "resp_1"
                                                         : "chatcmpl-1";
    answer.model = "served";
    answer.created = 1;
    answer.finish = wire::FinishReason::stop;
    answer.usage = wire::Usage{7, 3};
    return answer;
}
inline wire::ChatAnswer text_answer(Protocol protocol, const std::string& text)
{
    wire::ChatAnswer answer = vendor_answer(protocol);
    answer.text = text;
    return answer;
}
inline wire::ChatAnswer call_answer(Protocol protocol, std::vector<wire::ToolCall> calls)
{
    wire::ChatAnswer answer = vendor_answer(protocol);
    answer.tool_calls = std::move(calls);
    answer.finish = wire::FinishReason::tool_calls;
    return answer;
}

inline std::string whole_body(Protocol protocol, const wire::ChatAnswer& answer)
{
    switch (protocol) {
        case Protocol::openai_chat:
            return wire::openai_chat::write_answer(answer);
        case Protocol::openai_responses:
            return wire::openai_responses::write_answer(answer);
        case Protocol::anthropic:
            return wire::anthropic::write_answer(answer);
        case Protocol::ollama:
            return wire::ollama_chat::write_answer(wire::ollama_chat::Endpoint::chat, answer);
        case Protocol::gemini:
            return wire::gemini::write_answer(answer);
    }
    return {};
}

/// Pieces of four bytes, or a little more: characters stay whole.
inline std::vector<std::string> pieces_of(const std::string& text)
{
    std::vector<std::string> pieces;
    for (const char c : text) {
        const bool begins = (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
        if (pieces.empty() || (begins && pieces.back().size() >= 4)) pieces.emplace_back();
        pieces.back() += c;
    }
    return pieces;
}

/// What the answer is made of, in the order in which streams tell it: text in small pieces, calls in halves.
inline std::vector<wire::Delta> deltas_of(const wire::ChatAnswer& answer, bool whole_calls)
{
    namespace delta = wire::delta;
    std::vector<wire::Delta> deltas{delta::Start{answer.id, answer.model, answer.created}};
    if (!answer.reasoning.empty()) deltas.push_back(delta::Reasoning{answer.reasoning});
    for (const std::string& piece : pieces_of(answer.text)) deltas.push_back(delta::Text{piece});
    if (!answer.refusal.empty()) deltas.push_back(delta::Refusal{answer.refusal});
    int index = 0;
    for (const wire::ToolCall& call : answer.tool_calls) {
        const std::size_t half = whole_calls ? call.arguments.size() : call.arguments.size() / 2;
        deltas.push_back(delta::Call{index, call.id, call.name, call.arguments.substr(0, half)});
        if (half < call.arguments.size()) deltas.push_back(delta::Call{index, "", "", call.arguments.substr(half)});
        ++index;
    }
    deltas.push_back(delta::Finish{answer.finish, answer.finish_text});
    if (answer.usage) deltas.push_back(delta::UsageReport{*answer.usage});
    deltas.push_back(delta::Done{});
    return deltas;
}

/// The frames of a stream, one for each delta that makes one.
inline std::vector<std::string> stream_frames(Protocol protocol, const wire::ChatAnswer& answer)
{
    const wire::delta::Start identity{answer.id, answer.model, answer.created};
    wire::openai_responses::EventWriter responses;
    wire::anthropic::EventWriter messages(answer);
    wire::ollama_chat::LineWriter lines(wire::ollama_chat::Endpoint::chat, identity);
    wire::gemini::ChunkWriter chunks(identity, answer.usage, wire::gemini::Framing::sse);
    std::vector<std::string> frames;
    for (const wire::Delta& delta : deltas_of(answer, protocol == Protocol::gemini)) {
        std::string frame;
        switch (protocol) {
            case Protocol::openai_chat:
                wire::append_sse(frame, wire::openai_chat::write_chunk(identity, delta));
                break;
            case Protocol::openai_responses:
                responses.write(frame, delta);
                break;
            case Protocol::anthropic:
                messages.write(frame, delta);
                break;
            case Protocol::ollama:
                lines.write(frame, delta);
                break;
            case Protocol::gemini:
                chunks.write(frame, delta);
                break;
        }
        if (!frame.empty()) frames.push_back(std::move(frame));
    }
    return frames;
}

inline std::string stream_type(Protocol protocol)
{
    return protocol == Protocol::ollama ? "application/x-ndjson" : "text/event-stream";
}

inline Act answering(Protocol protocol, const wire::ChatAnswer& answer, bool streamed)
{
    return streamed ? raw_stream(stream_frames(protocol, answer), stream_type(protocol))
                    : whole(200, whole_body(protocol, answer));
}

/// An error in the vendor's words.
inline std::string error_body(Protocol protocol, const wire::ProviderError& error)
{
    switch (protocol) {
        case Protocol::anthropic:
            return wire::anthropic::write_error(error);
        case Protocol::ollama:
            return wire::ollama_chat::write_error(error);
        case Protocol::gemini:
            return wire::gemini::write_error(error);
        default:
            return wire::openai_chat::write_error(error);
    }
}

/// A request as the vendor's server reads it.
inline wire::Read<wire::ChatRequest> read_vendor_request(Protocol protocol, const std::string& target,
                                                         const std::string& body)
{
    switch (protocol) {
        case Protocol::openai_responses:
            return wire::openai_responses::read_request(body);
        case Protocol::anthropic:
            return wire::anthropic::read_request(body);
        case Protocol::ollama:
            return wire::ollama_chat::read_request(wire::ollama_chat::Endpoint::chat, body);
        case Protocol::gemini:
            return wire::gemini::read_request(body, wire::gemini::read_target(target).value());
        default:
            return wire::openai_chat::read_request(body);
    }
}

/// A request as a caller of this protocol writes it.
inline std::string caller_body(Protocol protocol, wire::ChatRequest request)
{
    request.model = "agent";
    switch (protocol) {
        case Protocol::openai_responses:
            return wire::openai_responses::write_request(request);
        case Protocol::anthropic:
            return wire::anthropic::write_request(request);
        default:
            return wire::openai_chat::write_request(request);
    }
}
inline std::string caller_path(Protocol protocol)
{
    switch (protocol) {
        case Protocol::openai_responses:
            return "/v1/responses";
        case Protocol::anthropic:
            return "/v1/messages";
        default:
            return "/v1/chat/completions";
    }
}

/// A stream as a caller of this protocol reads it.
struct ReadStream {
    wire::ChatAnswer answer;
    int starts = 0;
    int ends = 0;    ///< terminal events that say all is well
    int errors = 0;  ///< terminal events that say it is not
    int malformed = 0;
    std::string error_type;
    std::string error_message;
    /// What a careful client takes for a complete answer.
    bool success() const
    {
        return answer.finish != wire::FinishReason::none && starts == 1 && ends == 1 && errors == 0 && malformed == 0;
    }
};
inline ReadStream read_caller_stream(Protocol protocol, const std::string& body)
{
    const std::unique_ptr<StreamReader> reader = api_of(protocol).stream_reader(1);
    std::vector<StreamUnit> units;
    reader->feed(body, units);
    reader->end(units);
    ReadStream result;
    wire::AnswerAssembler assembler;
    std::string last_start;
    for (const StreamUnit& unit : units) {
        for (const wire::Delta& delta : unit.deltas) {
            assembler.add(delta);
            if (const auto* start = std::get_if<wire::delta::Start>(&delta)) {
                if (start->id != last_start) ++result.starts;
                last_start = start->id;
            }
            if (std::holds_alternative<wire::delta::Done>(delta)) ++result.ends;
            if (std::holds_alternative<wire::delta::Malformed>(delta)) ++result.malformed;
            if (const auto* failed = std::get_if<wire::delta::Failed>(&delta)) {
                ++result.errors;
                result.error_type = failed->error.type;
                result.error_message = failed->error.message;
            }
        }
    }
    result.answer = assembler.answer();
    return result;
}

/// A whole reply as a caller of this protocol reads it.
inline WholeAnswer read_caller_answer(Protocol protocol, const std::string& body)
{
    return api_of(protocol).read_answer(body, 1);
}

}  // namespace chaos::router
