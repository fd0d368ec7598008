// OpenAI Responses, both ways, streamed and not.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/json.hpp"
#include "wire/chat.hpp"
#include "wire/openai_responses_items.hpp"
#include "wire/read.hpp"
#include "wire/sse.hpp"

namespace chaos::wire::openai_responses {

using wire::Read;

/// The server's side: request bodies in, answers out. A request is read strictly, as the vendor would; the problem
/// names the field: "input[1].content: expected text or a list of parts". `instructions` become the first message.
/// A call joins the assistant's message right before it, and both join a reasoning item. Fields without a place in
/// ChatRequest are only named; hosted tools, background work and what refers to something stored are not known,
/// but for `previous_response_id`. `include_usage` is always true: every stream ends with its usage.
Read<ChatRequest> read_request(std::string_view body, const net::JsonLimits& limits = {});
/// The whole response object. Its status says how it ended: completed (stop, tool_calls), incomplete with the reason
/// (length, content_filter, and other as it is spelt), or in_progress (none).
std::string write_answer(const ChatAnswer& answer);
/// The response object of status failed; `answer` is what had been said by then.
std::string write_failed(const ChatAnswer& answer, const ProviderError& error);

/// Writes one stream, delta by delta, with the events around them: items and their parts begin with their first piece
/// and end with the next item or Finish; the terminal event comes with Done, and only after Finish. Failed writes the
/// event `error` and then response.failed. Malformed writes its data as it is. Nothing follows a terminal event.
/// The calls of a stream come one after the other: a piece of a call that has ended begins another.
class EventWriter {
public:
    void write(std::string& out, const Delta& delta);

private:
    enum class Stage { before, open, over };

    void begin(std::string& out, const delta::Start& start);
    void say(std::string& out, items::Kind kind, items::PartKind part, const std::string& piece);
    void call(std::string& out, const delta::Call& piece);
    void finish(std::string& out, const delta::Finish& finish);
    void fail(std::string& out, const ProviderError& error);
    void end(std::string& out);

    // All of them are about the last item, and its last part.
    void open_item(std::string& out, items::Kind kind, ToolCall call);
    void close_item(std::string& out, std::string_view status);
    void open_part(std::string& out, items::PartKind kind);
    void close_part(std::string& out);
    void item_event(std::string& out, std::string_view type);
    void part_event(std::string& out, std::string_view type);
    std::string place_of_item() const;
    std::string place_of_part() const;

    void response_event(std::string& out, std::string_view type, const items::Ending& ending);
    /// `members` follow type and sequence number: `"a":1,"b":2`.
    void event(std::string& out, std::string_view type, std::string_view members);

    Stage stage_ = Stage::before;
    std::int64_t sequence_number_ = 0;
    delta::Start identity_;
    std::vector<items::Item> items_;
    bool item_open_ = false;
    bool part_open_ = false;
    int call_index_ = -1;  ///< of the open call, as the deltas count
    delta::Finish finish_{FinishReason::none, ""};
    std::optional<Usage> usage_;
};

/// The client's side: requests out, answers in. A single leading system message of several is written as
/// `instructions`; ToolSpec::parameters and parts of kind other must be JSON text.
std::string write_request(const ChatRequest& request);
/// Tolerant as real clients must be: missing or odd fields read as absent. Responses have no finish reason: a completed
/// one with a call is FinishReason::tool_calls, another one stop.
struct AnswerBody {
    ChatAnswer answer;
    std::optional<ProviderError> error;  ///< of a failed response, or a top-level error object
    bool has_output = false;             ///< `output` is a list, if only an empty one
};
Read<AnswerBody> read_answer(std::string_view body);
/// The same in the memory of `parser`.
Read<AnswerBody> read_answer(std::string_view body, json::Parser& parser);
/// Reads the events of one stream. What an item's deltas have not told is taken from the events that repeat it whole,
/// so that servers which leave some out are understood.
class EventReader {
public:
    explicit EventReader(const net::JsonLimits& limits = {});
    ~EventReader();
    EventReader(const EventReader&) = delete;
    EventReader& operator=(const EventReader&) = delete;

    /// Appends the deltas of one event; what cannot be read becomes delta::Malformed, unknown events give nothing.
    /// Start comes once. A call's index is its place in the output. A terminal event gives Finish, UsageReport if it
    /// counts, and Done; errors give Failed, the event `error` and response.failed alike (the first counts).
    void read(const SseEvent& event, std::vector<Delta>& deltas);

private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace chaos::wire::openai_responses
