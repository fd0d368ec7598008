// Google's Gemini API (generateContent), both ways, streamed and not.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/json.hpp"
#include "net/time.hpp"
#include "wire/chat.hpp"
#include "wire/read.hpp"
#include "wire/sse.hpp"

namespace chaos::wire::gemini {

using wire::Read;

/// What the target of a request names; the model and whether the answer is streamed stand here, not in the body.
struct Target {
    std::string model;   ///< percent-decoded; empty: the list of models
    std::string method;  ///< "generateContent", "countTokens"; empty: the model itself
    bool sse = false;    ///< alt=sse: a stream comes as server-sent events, else as one JSON array
    bool has_key = false;
    bool operator==(const Target&) const = default;
};
/// Of "/v1beta/models/gemini-2.5-flash:generateContent?key=..." and its like, also under /v1; nothing if the target is
/// none of them.
std::optional<Target> read_target(std::string_view target);
/// "/v1beta/models/MODEL:generateContent", or ":streamGenerateContent?alt=sse".
std::string write_target(const ChatRequest& request);

/// Calls need no ids in this API. One without is known by its place: the nth call, from 1, of the model's turn, from 1.
/// Client and server count alike, so that both come to the same id.
std::string id_by_place(std::size_t turn, std::size_t nth);
/// The turn that an answer to `request` will be.
std::size_t next_turn(const ChatRequest& request);

/// The server's side. Bodies are read strictly, as the vendor would, field names in camelCase or snake_case; the
/// problem names the field: "contents[1].parts[0].functionCall.name: expected text". A field that the API does not have
/// is refused at the top level and as a part, and passed over elsewhere. What becomes what:
/// - systemInstruction: the first message;
/// - a functionResponse: a message of role tool, its id that of the call: the one given, or of the first call of that
///   name in the model's last turn that has no result yet; its text is the response's `result` or `output` if that is
///   all and text, else the response as JSON;
/// - parameters in Google's own schema dialect: JSON Schema;
/// - thoughts and their signatures: nothing.
Read<ChatRequest> read_request(std::string_view body, const Target& target, const net::JsonLimits& limits = {});
/// The body of :countTokens: contents, or a whole generateContentRequest.
Read<ChatRequest> read_count_request(std::string_view body, const Target& target, const net::JsonLimits& limits = {});

/// A call whose arguments are no JSON object cannot be said in this API. A model that writes one is stopped by the
/// server: it ends with finishReason MALFORMED_FUNCTION_CALL and without calls. Other answers are sayable as they are.
ChatAnswer sayable(ChatAnswer answer);
/// Of what is sayable.
std::string write_answer(const ChatAnswer& answer);

/// How a stream is framed: events ("data: {...}", CRLF, no end marker), or the elements of one JSON array.
enum class Framing { sse, array };
/// Writes a stream of chunks, each an answer of its own with what is new. The reason for the end and the usage are one
/// chunk: it waits for a UsageReport or Done if the usage is not known.
class ChunkWriter {
public:
    /// `usage`: if it is known from the start. Then every chunk repeats the prompt's tokens.
    ChunkWriter(delta::Start identity, std::optional<Usage> usage, Framing framing);

    /// A Call must be whole. Failed ends the stream. Malformed writes its data as it is.
    void write(std::string& out, const Delta& delta);

private:
    void write_finish(std::string& out);
    void write_end(std::string& out);
    void write_parts(std::string& out, std::string_view parts);
    void write_unit(std::string& out, std::string_view json);

    delta::Start identity_;
    std::optional<Usage> usage_;
    Framing framing_;
    std::optional<delta::Finish> finish_;
    bool said_something_ = false;
    bool opened_ = false;
};

/// google.rpc.Status: {"error":{"code","message","status"}}. ProviderError::type is the status ("UNAVAILABLE"), its
/// code the reason of an ErrorInfo among the details, if it has letters.
std::string write_error(const ProviderError& error);
/// Which quota, as a QuotaFailure names it.
struct Quota {
    std::string metric = "generativelanguage.googleapis.com/generate_content_free_tier_requests";
    std::string id = "GenerateRequestsPerMinutePerProjectPerModel-FreeTier";
    std::int64_t value = 10;
};
/// The same for a quota that is used up, with a QuotaFailure that names the model, and with RetryInfo: this API says
/// when to come back in the body and not in a header.
std::string write_quota_error(const ProviderError& error, std::string_view model,
                              std::optional<net::Duration> retry_delay, const Quota& quota = {});
/// A protobuf Duration as JSON has it: "26s", "2.500s", "34.074824224s".
std::string duration_text(net::Duration duration);

/// A model as the API describes it, and a list of such.
std::string write_model(std::string_view model, std::int64_t input_token_limit);
std::string write_models(const std::vector<std::string>& models, std::int64_t input_token_limit);
std::string write_token_count(std::int64_t tokens);

/// The client's side: requests out, answers in. ToolSpec::parameters, call arguments and parts of kind other must be
/// JSON text; arguments that are no object are sent as {}. System messages are joined in front; runs of one role become
/// one content, as the API wants them; results go under the name of the call with their id.
std::string write_request(const ChatRequest& request);
/// Tolerant as real clients must be: missing or odd fields read as absent. Calls under STOP read as
/// FinishReason::tool_calls: the API has no reason of that name. A blocked prompt reads as content_filter, its text the
/// blockReason.
struct AnswerBody {
    ChatAnswer answer;
    std::optional<ProviderError> error;
    bool has_candidates = false;  ///< `candidates` has at least one
};
Read<AnswerBody> read_answer(std::string_view body, std::size_t turn = 1);
/// The same in the memory of `parser`.
Read<AnswerBody> read_answer(std::string_view body, std::size_t turn, json::Parser& parser);
/// Reads the events of one stream, in their order.
class ChunkReader {
public:
    explicit ChunkReader(std::size_t turn = 1, const net::JsonLimits& limits = {});
    ChunkReader(const ChunkReader&) = delete;
    ChunkReader& operator=(const ChunkReader&) = delete;

    /// Appends the deltas of one event; what cannot be read becomes delta::Malformed. There is no Done in this API: a
    /// stream is complete when it ends after Finish.
    void read(const SseEvent& event, std::vector<Delta>& deltas);

private:
    std::size_t turn_;
    net::JsonLimits limits_;
    int calls_ = 0;
};

/// What an error body says, in whatever shape (see openai_chat::read_error); never fails.
struct ErrorBody {
    ProviderError error;  ///< type: the status ("RESOURCE_EXHAUSTED"); code: an ErrorInfo's reason, else the number
    std::optional<net::Duration> retry_delay;  ///< of RetryInfo
    std::vector<std::string> quota_ids;        ///< of QuotaFailure; "...PerDay..." means a limit of days
};
ErrorBody read_error(int status, std::string_view body);

std::string_view spelling(FinishReason reason);
FinishReason finish_reason(std::string_view spelling);

}  // namespace chaos::wire::gemini
