// OpenAI Chat Completions, both ways, streamed and not.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/json.hpp"
#include "net/task.hpp"
#include "wire/chat.hpp"
#include "wire/read.hpp"
#include "wire/sse.hpp"

namespace chaos::wire::openai_chat {

using wire::Read;

/// The server's side: request bodies in, answers out. A request is read strictly, as the vendor would; the problem
/// names the field: "messages[1].content: expected text or a list of parts". Fields without a place in ChatRequest are
/// passed over; the legacy `functions`, `function_call` and role `function` are not known. Of duplicate members the
/// last counts.
Read<ChatRequest> read_request(std::string_view body, const net::JsonLimits& limits = {});
std::string write_answer(const ChatAnswer& answer);
/// One stream event's data for a delta: a chat.completion.chunk, an error object, or "[DONE]"; Malformed writes its
/// data as it is. `identity` carries id, model and created, equal in every chunk. Start writes the role chunk. With
/// `include_usage` every chunk has `usage`: null but in the one of UsageReport, whose choices are empty.
std::string write_chunk(const delta::Start& identity, const Delta& delta, bool include_usage = false);
/// {"error":{message,type,param,code}}
std::string write_error(const ProviderError& error);
/// {"object":"list","data":[...]}
std::string write_models(const std::vector<std::string>& models, std::int64_t created);
/// One of them: {"id":...,"object":"model",...}
std::string write_model(std::string_view model, std::int64_t created);

/// The client's side: requests out, answers in. The limit is written as `max_tokens`, which every server of the family
/// knows; ToolSpec::parameters and parts of kind other must be JSON text.
std::string write_request(const ChatRequest& request);
/// Tolerant as real clients must be: missing or odd fields read as absent; call arguments given as an object become
/// text. A top-level error object is reported through `error`.
struct AnswerBody {
    ChatAnswer answer;
    std::optional<ProviderError> error;
    bool has_choices = false;        ///< `choices` is an array with at least one choice that has a message
    std::vector<ChatAnswer> others;  ///< what the further choices say
};
Read<AnswerBody> read_answer(std::string_view body);
/// The same in the memory of `parser`.
Read<AnswerBody> read_answer(std::string_view body, json::Parser& parser);
/// Reads stream events, each on its own and in memory of its own: thousands of streams are open at once, and rest.
class ChunkReader {
public:
    explicit ChunkReader(const net::JsonLimits& limits = {});
    ChunkReader(const ChunkReader&) = delete;
    ChunkReader& operator=(const ChunkReader&) = delete;

    /// Appends the deltas of one event in the order in which they count; what cannot be read becomes delta::Malformed.
    /// Start is given by every chunk that carries an id (the first counts). A call's index is -1 if the server gave
    /// none. Empty data and comments that a proxy framed as data give nothing. `others`: of choices that are not the
    /// first; all else is among `deltas`.
    void read(const SseEvent& event, std::vector<Delta>& deltas, std::vector<ChoiceDeltas>& others);
    /// For whoever asked for one choice.
    void read(const SseEvent& event, std::vector<Delta>& deltas);

private:
    net::JsonLimits limits_;
};
/// The same for a single event.
void read_chunk(const SseEvent& event, std::vector<Delta>& deltas, const net::JsonLimits& limits = {});
/// From an error body of any shape real servers send: {"error":{...}}, {"error":"text"}, {"detail":[...]}, an array
/// around either, an error quoted in another's message, plain text, HTML (its title; type "html"). Never fails; status
/// is the given one unless the body names another. The message is never empty and at most 2000 bytes (then "...").
ProviderError read_error(int status, std::string_view body);

/// `body` with the top-level member `model` replaced (every one, if there are several) or, if absent, inserted as the
/// first; all other bytes kept. Not a full check of the JSON: what lies inside of other values is not looked at.
Read<std::string> replace_model(std::string_view body, std::string_view model);
/// Only what a router must know before it reads everything else; the same light walk over the bytes.
struct Peek {
    std::string model;
    bool stream = false;
    std::size_t messages = 0;
};
Read<Peek> peek(std::string_view body, const net::JsonLimits& limits = {});

std::string_view spelling(FinishReason reason);
FinishReason finish_reason(std::string_view spelling);

}  // namespace chaos::wire::openai_chat
