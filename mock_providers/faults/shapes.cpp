// One row a shape.
#include "mock_providers/faults/shapes.hpp"

namespace chaos::mock_providers::faults {

namespace {

constexpr std::string_view turn = "Empty turns and wrong reasons";
constexpr std::string_view calls = "Calls and their arguments";
constexpr std::string_view stream = "Streams";
constexpr std::string_view http = "HTTP and bodies";
constexpr std::string_view network = "Time and the network";
constexpr std::string_view limits = "Limits and keys";
constexpr std::string_view content = "Degenerate content";
constexpr std::string_view history = "Conversations after a failover";

}  // namespace

const std::vector<Shape>& shapes()
{
    static const std::vector<Shape> rows = {
        {turn, "the reason tool_calls, and no call", "openai", "inject: empty_tool_turn"},
        {turn, "no text, no call, the reason stop, tokens billed", "openai", "inject: empty_answer"},
        {turn, "an empty turn only after tool results", "openai", "turn: after_tool, inject: empty_answer"},
        {turn, "content [] and end_turn", "anthropic", "inject: empty_answer"},
        {turn, "reasoning alone, every token spent on it", "openai", "inject: {reasoning_only: {finish: length}}"},
        {turn, "a call, and the reason stop", "openai", "stream: false, inject: finish_reason"},
        {turn, "a call in earlier chunks, the last reason end_turn", "openai",
         "stream: true, inject: {finish_reason: {as: end_turn}}"},
        {turn, "text that announces a call, no call, no reason", "openai", "inject: {call_as_text: {as: announced}}"},
        {turn, "a whole call, then a clean end without a reason", "openai", "inject: {cut: {before: finish, end: clean}}"},
        {turn, "an empty reason on every chunk", "openai", R"(inject: {finish_reason: {as: ""}})"},
        {turn, "the reason before the end, more behind it", "openai", "inject: {finish_reason: {place: early}}"},
        {turn, "the reason and the last content in one chunk", "openai",
         "inject: {finish_reason: {place: with_last_token}}"},
        {turn, "a reason that the API does not have", "openai",
         "inject: {finish_reason: {as: insufficient_system_resource}}"},
        {turn, "MALFORMED_FUNCTION_CALL and no content", "gemini", "inject: malformed_arguments"},
        {turn, "a blocked prompt: no candidates at all", "gemini", "inject: {refusal: {as: prompt}}"},
        {turn, "a refusal after some of the text", "anthropic", "inject: {refusal: {after_tokens: 5}}"},

        {calls, "arguments cut off in a string, the reason length", "openai", "inject: {truncated: {after_tokens: 3}}"},
        {calls, "the same, and the reason tool_calls", "openai",
         "inject: {truncated: {after_tokens: 3, admits: false}}"},
        {calls, "arguments cut off and closed again: valid, and not what was meant", "openai",
         "inject: {truncated: {after_tokens: 3, repaired: true}}"},
        {calls, "arguments that are an object, not text", "openai", "inject: {arguments: {shape: object}}"},
        {calls, "empty arguments", "openai", "inject: {arguments: {shape: empty}}"},
        {calls, "two objects in a row", "openai", "inject: {arguments: {shape: concatenated}}"},
        {calls, "deltas without an index", "openai", "inject: call_deltas"},
        {calls, "index 0 for every call of a turn", "openai", "inject: {call_deltas: {index: all_zero}}"},
        {calls, "arguments that go on under another index", "openai", "inject: {call_deltas: {index: shifting}}"},
        {calls, "two entries of one index in one chunk", "openai", "inject: {call_deltas: {two_in_one: true}}"},
        {calls, "the name again in every delta", "openai", "inject: {call_deltas: {name: repeated}}"},
        {calls, "the name in two parts", "openai", "inject: {call_deltas: {name: split}}"},
        {calls, "a tool that was not offered", "openai", "inject: unknown_tool"},
        {calls, "one id for two calls of a turn", "openai", "inject: {call_id: {as: duplicated}}"},
        {calls, "the same id in every turn", "openai", "inject: {call_id: {as: reused}}"},
        {calls, "a call as markup in the text", "openai", "inject: {call_as_text: {as: unclosed}}"},
        {calls, "a call without an id", "openai", "inject: call_id"},
        {calls, "one tool called twice in a turn", "openai", "inject: repeated_call"},
        {calls, "calls sent again, cumulatively", "anthropic", "inject: {repeated_call: {as: cumulative}}"},

        {stream, "the end without message_stop, clean to HTTP", "anthropic",
         "inject: {cut: {before: terminator, end: clean}}"},
        {stream, "a truncated answer with a proper end", "anthropic",
         "inject: {truncated: {after_tokens: 6, admits: false}}"},
        {stream, "no [DONE]", "openai", "inject: {cut: {before: terminator, end: clean}}"},
        {stream, "[DONE], and no reason before it", "openai", "inject: {finish_reason: {as: none}}"},
        {stream, "an error event in the middle", "anthropic", "inject: {cut: {after_tokens: 3, end: error}}"},
        {stream, "an error as the first event, status 200", "openai", "stream: true, inject: error_in_200"},
        {stream, "an error event in another shape than documented", "openai",
         "stream: true, inject: {error_in_200: {shape: flat}}"},
        {stream, "response.failed in the middle", "openai", "inject: {cut: {after_tokens: 3, end: error}}"},
        {stream, "comments between events", "openai", "inject: {framing: {shape: comments}}"},
        {stream, "a comment that a proxy made data of", "openai", "inject: {framing: {shape: comment_as_data}}"},
        {stream, "data: data: {", "openai", "inject: {framing: {shape: double_prefix}}"},
        {stream, "lines that end in CRLF, CR and LF by turns", "openai", "inject: {framing: {shape: mixed}}"},
        {stream, "data: without a space", "openai", "inject: {framing: {shape: no_space}}"},
        {stream, "a byte order mark", "openai", "inject: {framing: {shape: bom}}"},
        {stream, "a character torn by a pause", "openai",
         "until: 2s, inject: {cut: {inside: code_point, after_tokens: 3, end: silence}}"},
        {stream, "an event torn by a pause", "openai",
         "until: 2s, inject: {cut: {inside: event, after_tokens: 3, end: silence}}"},
        {stream, "a chunk without choices", "openai", "inject: {odd_events: {shape: empty_choices}}"},
        {stream, "chunks without the key finish_reason", "openai", "inject: {odd_events: {shape: no_finish_key}}"},
        {stream, "events without sequence_number", "openai", "inject: {odd_events: {shape: no_sequence_number}}"},
        {stream, "no line with done: true", "ollama", "inject: {cut: {before: finish, end: clean}}"},
        {stream, "a stream as application/json", "openai",
         "stream: true, inject: {content_type: {as: application/json}}"},
        {stream, "an event that is not JSON", "openai", "inject: {cut: {after_tokens: 3, end: garbage}}"},

        {http, "200, and an error in place of choices", "openai", "stream: false, inject: error_in_200"},
        {http, "200, choices: null", "openai", "inject: {error_in_200: {shape: null_choices}}"},
        {http, "200, content null, an error beside it", "openai", "inject: {error_in_200: {shape: beside}}"},
        {http, "200, and white space alone", "openai", "inject: {error_in_200: {shape: blank}}"},
        {http, "a CDN's page, status 520", "anthropic", "inject: {status: {code: 520, body: html}}"},
        {http, "a CDN's 524 after 100 seconds", "openai", "inject: {timeout: {hold: 100s, code: 524}}"},
        {http, "a CDN's error as JSON of its own", "openai", "inject: {status: {code: 520, body: cdn_json}}"},
        {http, "429 without a body", "openai", "inject: {status: {code: 429, body: empty}}"},
        {http, "an error's body promised and not sent", "openai", "inject: {status: {code: 500, truncated: true}}"},
        {http, "an error status where a stream was asked for", "openai",
         "stream: true, inject: {status: {code: 503}}"},
        {http, "the error in a JSON list", "gemini", "inject: {status: {code: 429, body: array}}"},
        {http, "the error as text in another's metadata", "openai", "inject: {status: {code: 502, body: metadata}}"},
        {http, "a compressed stream that comes only at the end", "openai",
         "stream: true, inject: {gzip: {flush: at_end}}"},
        {http, "a compressed stream that nobody asked for", "openai", "stream: true, inject: gzip"},
        {http, "a stream that a proxy held back to its end", "openai", "inject: {framing: {shape: one_segment}}"},
        {http, "422 with detail in place of error", "openai", "inject: {status: {code: 422, body: fastapi}}"},
        {http, "a stream that is one error: the prompt is too long", "openai",
         "stream: true, inject: {error_in_200: {code: 400, error_code: context_length_exceeded}}"},

        {network, "a stream falls silent, the connection stays open", "openai",
         "inject: {blackhole: {at: mid_stream, after_tokens: 3}}"},
        {network, "a cut at a fixed age", "openai", "inject: {cut: {after: 150ms, end: fin}}"},
        {network, "a chunked body without its last chunk", "openai", "inject: {cut: {after_tokens: 3, end: fin}}"},
        {network, "RST after content", "openai", "inject: {cut: {after_tokens: 3, end: reset}}"},
        {network, "a slow drip", "openai", "inject: {slow: {between_tokens: 3s}}"},
        {network, "minutes to the first token, comments meanwhile", "openai",
         "inject: {slow: {first_token: 2m, keep_alive: 5s}}"},
        {network, "a kept connection closed at its reuse", "openai", "from: 0s, inject: stale_keep_alive"},
        {network, "one byte a write", "openai", "inject: {framing: {shape: byte_by_byte}}"},

        {limits, "429 that waiting does not help: insufficient_quota", "openai", "inject: quota"},
        {limits, "429 for a request too large", "openai", "inject: {quota: {kind: request_too_large}}"},
        {limits, "the day's quota as 429", "gemini", "inject: {quota: {kind: daily}}"},
        {limits, "Retry-After of two days", "openai", "inject: {rate_limit: {retry_after: 48h}}"},
        {limits, "Retry-After beyond any timer", "openai", R"(inject: {rate_limit: {spelt: "9999999999"}})"},
        {limits, "Retry-After as a date that is past", "openai",
         R"(inject: {rate_limit: {spelt: "Wed, 21 Oct 2015 07:28:00 GMT"}})"},
        {limits, "the wait in prose alone", "openai", "inject: {rate_limit: {retry_after: 644ms, in_prose: true}}"},
        {limits, "remaining -1", "openai", "inject: ratelimit_headers"},
        {limits, "a reset in the past, or as an epoch", "anthropic", "inject: {ratelimit_headers: {shape: epoch}}"},
        {limits, "overload that is no rate limit", "anthropic", "inject: {status: {code: 529}}"},
        {limits, "billing as 400", "anthropic", "inject: {credential: {as: billing}}"},
        {limits, "402 that says how many tokens would pass", "openai", "inject: {quota: {kind: affordable}}"},

        {content, "one word to the limit", "openai", "inject: repetition"},
        {content, "endless white space inside of JSON", "openai", R"(inject: {repetition: {of: "\n", inside: arguments}})"},
        {content, "a run of !", "openai", R"(inject: {repetition: {of: "!"}})"},
        {content, "repetition in the reasoning alone", "openai", "inject: {repetition: {inside: reasoning}}"},

        {history, "a call without its result", "openai", "", true},
        {history, "a result without its call", "openai", "", true},
        {history, "an empty assistant turn", "openai", "refuses: [empty_turns]", true},
        {history, "invalid arguments sent back", "ollama", "", true},
        {history, "a signature of another provider", "anthropic", "", true},
        {history, "no text beside a call: the next turn is empty", "openai", "turn: after_tool, inject: empty_tool_turn"},
        {history, "previous_response_id of another provider", "openai", "", true},
        {history, "ids in the other side's form", "openai", "refuses: [foreign_ids]", true},
        {history, "two user turns in a row", "openai", "refuses: [repeated_roles]", true},
    };
    return rows;
}

}  // namespace chaos::mock_providers::faults
