// Anthropic Messages: the server's side (requests in, answers and streams out), and a client's reading of both.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/json.hpp"
#include "wire/chat.hpp"
#include "wire/read.hpp"
#include "wire/sse.hpp"

namespace chaos::wire::anthropic {

/// A request is read strictly, as the vendor would; the problem is worded as the vendor words it: "max_tokens: Field
/// required". `system` becomes the first message. Of a user message each tool_result block becomes a message of role
/// tool, in its place; what is left of it follows. Thinking blocks are the message's reasoning; what has no neutral
/// form (files the vendor keeps) are parts of kind other (JSON text). Tools that the server carries out are hosted
/// tools, and among the tools as well. `count_only`: the body of count_tokens, which needs no max_tokens.
Read<ChatRequest> read_request(std::string_view body, bool count_only = false, const net::JsonLimits& limits = {});

/// Whose thoughts an answer shows. Those of another vendor's model have no signature of this one.
enum class Thinking { own, unsigned_text };
/// {"type":"message",...}; arguments that are no JSON object become {}, since `input` can hold nothing else.
std::string write_answer(const ChatAnswer& answer, Thinking thinking = Thinking::own);
/// {"type":"error","error":{"type","message"},"request_id":null}
std::string write_error(const ProviderError& error);
/// {"data":[{"type":"model",...}],"has_more":false,...}
std::string write_models(const std::vector<std::string>& models);
std::string write_model(std::string_view model);
/// {"input_tokens":n}
std::string write_token_count(std::int64_t tokens);

/// The signature of a thinking block, which only its own vendor can make; here a hash of the text.
std::string signature_of(std::string_view thinking);

/// Writes the events of one stream. Blocks have dense indices and never interleave; a call's pieces open and close its
/// block; usage goes with message_delta.
class EventWriter {
public:
    /// `answer` gives identity and usage.
    explicit EventWriter(const ChatAnswer& answer, Thinking thinking = Thinking::own);
    void write(std::string& out, const Delta& delta);
    /// In place of Finish, where the usage is only known now: it counts from the beginning.
    void finish_with(std::string& out, const delta::Finish& finish, const Usage& usage);

private:
    void start(std::string& out);
    void open_block(std::string& out, std::string_view kind, std::string_view content_block);
    void close_block(std::string& out);
    void write_text(std::string& out, std::string_view text);
    void write_thinking(std::string& out, std::string_view text);
    void write_call(std::string& out, const delta::Call& piece);
    void finish(std::string& out, const delta::Finish& finish);

    ChatAnswer answer_;
    Thinking whose_thinking_;
    std::string open_kind_;  ///< of the block that is open; empty: none
    int open_call_ = -1;
    int next_index_ = 0;
    std::string thinking_;
};

/// The client's side: requests out, answers in. System messages are joined in front, block by block; runs of messages
/// of one role become one, as the API wants them, with the results of a turn together and before any text. A call whose
/// arguments are no JSON object is written with {}; `max_tokens`, which must be said, is the most that every model of
/// the vendor takes unless the request says less. Reasoning that another vendor sealed, or none, is left out.
std::string write_request(const ChatRequest& request);

/// A whole answer as a patient client reads it.
struct AnswerBody {
    ChatAnswer answer;
    std::optional<ProviderError> error;
    bool has_content = false;  ///< `content` is a list, if only an empty one
};
Read<AnswerBody> read_answer(std::string_view body);
/// The same in the memory of `parser`.
Read<AnswerBody> read_answer(std::string_view body, json::Parser& parser);
/// From an error body of any shape (see openai_chat::read_error); never fails, and the message is never empty.
ProviderError read_error(int status, std::string_view body);

/// Reads stream events, in order: which block an index is was said when it began.
class EventReader {
public:
    EventReader();
    ~EventReader();
    EventReader(const EventReader&) = delete;
    EventReader& operator=(const EventReader&) = delete;

    /// Appends the deltas of one event. Calls are counted from 0, whatever blocks stand before them. message_stop is
    /// Done; unknown events and pings give nothing.
    void read(const SseEvent& event, std::vector<Delta>& deltas);
    /// What was counted so far: this vendor says at the beginning of a stream what it has read.
    const Usage& counted() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

std::string_view spelling(FinishReason reason);
FinishReason finish_reason(std::string_view spelling);

}  // namespace chaos::wire::anthropic
