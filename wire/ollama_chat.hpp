// Ollama's own API, both ways: /api/chat and /api/generate, streamed as lines of JSON or whole.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/json.hpp"
#include "wire/chat.hpp"
#include "wire/read.hpp"
#include "wire/whole_calls.hpp"

namespace chaos::wire::ollama_chat {

using wire::Read;

/// The two ways to ask: a conversation, answered in `message`, or one prompt, answered in `response`.
enum class Endpoint { chat, generate };

/// The server's side: request bodies in, answers out. A request is read strictly; the problem names the field:
/// "messages[1].content: expected text". An empty body is "missing request body", a body without a model "model is
/// required", as Ollama says it. Answers are streamed unless `stream` is false. options.num_predict is the limit of
/// tokens if it is above zero. Calls may come without ids: those get "call_1", "call_2", ... in the order of the
/// conversation; a tool message without tool_call_id belongs to the first call of its tool_name in the turn before it
/// that has no result yet. Images (bare base64) become data URLs. Arguments are objects and become text, with numbers
/// respelt; `think` asks for reasoning. A prompt becomes a user message, after `system` as a system message. Fields
/// without a place in ChatRequest are passed over. An empty list of messages, or an empty prompt, asks to load the
/// model: no messages.
Read<ChatRequest> read_request(Endpoint endpoint, std::string_view body, const net::JsonLimits& limits = {});
/// Without a line's end. See LineWriter for what cannot be said.
std::string write_answer(Endpoint endpoint, const ChatAnswer& answer);

/// What a request without messages is answered with: the model is in memory now, or no longer.
std::string write_load(Endpoint endpoint, std::string_view model, std::int64_t created, bool unload);
/// Whether such a request, with keep_alive 0, wants the model out of memory.
bool asks_to_unload(std::string_view body);

/// Writes one streamed answer, a line for each piece of text. A call goes out whole, in one line, as soon as its
/// arguments are complete. Durations are derived from the counts of tokens: equal answers have equal lines.
/// Arguments that are not a JSON object cannot be said and are written as {}; /api/generate has no calls at all.
/// A turn that ends with calls has the done_reason "stop".
class LineWriter {
public:
    /// `identity`: model and created, equal in every line.
    LineWriter(Endpoint endpoint, delta::Start identity) : endpoint_(endpoint), identity_(std::move(identity)) {}

    /// The last line, with the reason and the counts, is written at Done, and only if a Finish came before; Failed
    /// writes {"error":"text"}, Malformed its data as it is.
    void write(std::string& out, const Delta& delta);
    /// Appends what there is of the line of a call that is not complete: its arguments so far are the line's end.
    void break_off(std::string& out) const;

private:
    void write_text(std::string& out, std::string_view content, std::string_view thinking);
    void write_calls(std::string& out, const std::vector<ToolCall>& calls);
    void end_calls(std::string& out);

    Endpoint endpoint_;
    delta::Start identity_;
    WholeCalls calls_;
    int calls_sent_ = 0;
    delta::Finish finish_{FinishReason::none, ""};
    std::optional<Usage> usage_;
};

/// {"error":"text"}
std::string write_error(const ProviderError& error);
/// {"version":"..."}
std::string write_version(std::string_view version);
/// The pages about models. `created`: seconds since 1970, when it was pulled.
std::string write_tags(const std::vector<std::string>& models, std::int64_t created);
/// Those that are loaded, until five minutes after `now`.
std::string write_ps(const std::vector<std::string>& models, std::int64_t now, std::int64_t context_length);
std::string write_show(std::string_view model, std::int64_t created, std::int64_t context_length);

/// The client's side: requests out, answers in. A call whose arguments are not a JSON object is written with {}; of
/// content that is no text only images in data URLs can be said; no choice of tool can be but `none`, which leaves the
/// tools out. `stream` is always written.
std::string write_request(const ChatRequest& request);

/// A whole answer. Tolerant as real clients must be; a top-level `error` is reported through `error`.
struct AnswerBody {
    ChatAnswer answer;
    std::optional<ProviderError> error;
    bool has_content = false;  ///< there is a `message` object, or a `response`
};
Read<AnswerBody> read_answer(std::string_view body);
/// The same in the memory of `parser`.
Read<AnswerBody> read_answer(std::string_view body, json::Parser& parser);

/// Reads the lines of one stream, of either endpoint.
class LineReader {
public:
    explicit LineReader(const net::JsonLimits& limits = {});
    LineReader(const LineReader&) = delete;
    LineReader& operator=(const LineReader&) = delete;

    /// Appends the deltas of one line; what cannot be read becomes delta::Malformed. Start is given once, without an
    /// id: there is none. Calls are counted from 0 whatever index they bring, since older servers give every one 0; an
    /// id may be absent. `done` gives Finish (tool_calls, if there were any and the reason is "stop"), the counts and
    /// Done; a count that is left out is zero.
    void read(std::string_view line, std::vector<Delta>& deltas);

private:
    net::JsonLimits limits_;
    bool started_ = false;
    int calls_ = 0;
};

/// As done_reason spells it; "stop" also for tool_calls.
std::string_view spelling(FinishReason reason);
FinishReason finish_reason(std::string_view spelling);

}  // namespace chaos::wire::ollama_chat
