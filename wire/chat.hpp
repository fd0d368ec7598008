// The vendor-neutral conversation: what a chat request and its answer mean, whatever dialect they were written in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace chaos::wire {

enum class Role { system, user, assistant, tool };

/// Text, a reference (URL or data URL) to an image, a document or a sound, or something of the dialect without a
/// neutral form (an uploaded file).
struct Part {
    enum class Kind { text, image, document, audio, other };
    Kind kind = Kind::text;
    std::string text;      ///< the text, the reference, or the other part as JSON text
    std::string name{};    ///< of a document: its file's
    std::string detail{};  ///< of an image: how closely to look at it ("low", "high")
    bool operator==(const Part&) const = default;
};

/// Whose key seals a piece of reasoning: nobody else can read it, or takes it back.
enum class Vendor { none, openai, anthropic, gemini };

/// What a model thought, as it comes back with the conversation.
struct Reasoning {
    std::string text;                ///< empty if it may not be seen
    std::string seal{};              ///< a signature, or the encrypted thought itself
    std::string id{};                ///< of the item, where the vendor gives one
    bool redacted = false;           ///< the seal is all there is
    Vendor bound_to = Vendor::none;  ///< none: plain text that anybody may be shown
    bool operator==(const Reasoning&) const = default;
};

struct ToolCall {
    std::string id;
    std::string name;
    std::string arguments;  ///< JSON text exactly as it came; may be invalid
    bool operator==(const ToolCall&) const = default;
};

struct Message {
    Role role = Role::user;
    std::vector<Part> content;         ///< empty text has no parts
    std::vector<ToolCall> tool_calls;  ///< assistant only
    std::string tool_call_id;          ///< tool only: the call this answers
    bool is_error = false;             ///< tool only: the call failed, and the content says why
    std::vector<Reasoning> reasoning;  ///< assistant only: what came before the content
    /// The text parts, joined.
    std::string text() const;
    bool operator==(const Message&) const = default;
};
/// The text of a result for an API without a mark for failed calls: such a one says so itself.
std::string result_in_words(const Message& message);
/// A message of one text part, or of none if `text` is empty.
Message message(Role role, std::string text);

struct ToolSpec {
    std::string name;
    std::string description;
    std::string parameters;  ///< JSON Schema as JSON text; empty: none
    std::optional<bool> strict{};
    bool freeform = false;  ///< its argument is any text, not JSON
    bool operator==(const ToolSpec&) const = default;
};

struct ToolChoice {
    enum class Kind { automatic, none, required, named };
    Kind kind = Kind::automatic;
    std::string name;
    bool operator==(const ToolChoice&) const = default;
};

/// What the answer must look like.
struct ResponseFormat {
    enum class Kind { text, json_object, json_schema };
    Kind kind = Kind::text;
    std::string name{};
    std::string schema{};  ///< JSON Schema as JSON text
    std::optional<bool> strict{};
    bool operator==(const ResponseFormat&) const = default;
};

struct Sampling {
    std::optional<double> temperature;
    std::optional<double> top_p;
    std::optional<std::int64_t> top_k;
    std::optional<std::int64_t> seed;
    std::optional<double> presence_penalty;
    std::optional<double> frequency_penalty;
    bool operator==(const Sampling&) const = default;
};

struct ChatRequest {
    std::string model;
    std::vector<Message> messages;
    std::vector<ToolSpec> tools;
    ToolChoice tool_choice;
    bool stream = false;
    bool include_usage = false;  ///< asks for a usage chunk at the stream's end
    bool reasoning = false;      ///< asks to be shown what the model thinks
    std::optional<std::int64_t> max_tokens;
    std::string
        previous_answer;  ///< id of an answer the provider must have kept, which this goes on from; usually none
    Sampling sampling;
    std::vector<std::string> stop;
    ResponseFormat format;
    std::optional<bool> parallel_tool_calls;
    std::string reasoning_effort;                  ///< "low", "medium", "high" and their like; empty: not said
    std::optional<std::int64_t> reasoning_budget;  ///< tokens
    std::string user;                              ///< whom the caller asks for, in the caller's own words
    std::int64_t choices = 1;
    bool logprobs = false;
    std::vector<std::string> hosted_tools;  ///< kinds of tools that the provider carries out itself
    bool cache_hints = false;               ///< marks what is worth keeping in the provider's cache
    std::vector<std::string> unknown;       ///< top-level members that have no place here
    bool operator==(const ChatRequest&) const = default;
};

struct Usage {
    std::int64_t prompt_tokens = 0;
    std::int64_t completion_tokens = 0;
    bool operator==(const Usage&) const = default;
};

enum class FinishReason { none, stop, length, tool_calls, content_filter, other };

/// A whole answer: what was read from one body, or assembled from a stream.
struct ChatAnswer {
    std::string id;
    std::string model;
    std::int64_t created = 0;  ///< seconds since 1970
    std::string text;
    std::string reasoning;
    std::string refusal;
    std::vector<ToolCall> tool_calls;
    FinishReason finish = FinishReason::none;
    std::string finish_text;  ///< the reason as it was spelt on the wire
    std::optional<Usage> usage;
    bool operator==(const ChatAnswer&) const = default;
};

/// An error as a provider words it, in a body or in the middle of a stream.
struct ProviderError {
    int status = 0;  ///< HTTP status, or one found in the body; 0: unknown
    std::string type;
    std::string code;
    std::string message;
    bool operator==(const ProviderError&) const = default;
};

/// What a stream brings, piece by piece.
namespace delta {
struct Start {
    std::string id;
    std::string model;
    std::int64_t created = 0;
    bool operator==(const Start&) const = default;
};
struct Text {
    std::string text;
    bool operator==(const Text&) const = default;
};
struct Reasoning {
    std::string text;
    bool operator==(const Reasoning&) const = default;
};
struct Refusal {
    std::string text;
    bool operator==(const Refusal&) const = default;
};
/// A piece of the call at `index` (-1: the server gave none); id and name may come with any piece of it.
struct Call {
    int index = 0;
    std::string id;
    std::string name;
    std::string arguments;
    bool operator==(const Call&) const = default;
};
struct Finish {
    FinishReason reason = FinishReason::stop;
    std::string text;  ///< as it was spelt on the wire; written in place of the reason's own spelling
    bool operator==(const Finish&) const = default;
};
struct UsageReport {
    Usage usage;
    bool operator==(const UsageReport&) const = default;
};
struct Failed {
    ProviderError error;
    bool operator==(const Failed&) const = default;
};
/// The dialect's own end of stream ("[DONE]").
struct Done {
    bool operator==(const Done&) const = default;
};
/// An event that could not be read: not JSON, or not of the dialect.
struct Malformed {
    std::string why;
    std::string data;
    bool operator==(const Malformed&) const = default;
};
}  // namespace delta
using Delta = std::variant<delta::Start, delta::Text, delta::Reasoning, delta::Refusal, delta::Call, delta::Finish,
                           delta::UsageReport, delta::Failed, delta::Done, delta::Malformed>;

/// Of a choice other than the first, where several were asked for.
struct ChoiceDeltas {
    std::int64_t choice = 1;  ///< its place, from 0
    std::vector<Delta> deltas;
    bool operator==(const ChoiceDeltas&) const = default;
};

/// Folds deltas into the answer they spell. Pieces of one call are joined by index. A name that is sent again whole is
/// not doubled. Servers that give every call the same index, or none, are understood by their ids: a piece that brings
/// a name and another id than the one held begins another call.
class AnswerAssembler {
public:
    void add(const Delta& delta);
    const ChatAnswer& answer() const { return answer_; }
    bool finished() const { return answer_.finish != FinishReason::none; }
    bool done() const { return done_; }
    const std::optional<ProviderError>& error() const { return error_; }
    const std::optional<std::string>& malformed() const { return malformed_; }

private:
    void add_start(const delta::Start& start);
    void add_call(const delta::Call& piece);
    ToolCall& call_of(const delta::Call& piece);

    ChatAnswer answer_;
    std::vector<int> call_indices_;  ///< parallel to answer_.tool_calls
    bool done_ = false;
    std::optional<ProviderError> error_;
    std::optional<std::string> malformed_;
};

/// True if `name` is one of `tools`.
bool declares(const std::vector<ToolSpec>& tools, std::string_view name);

}  // namespace chaos::wire
