// What the router must know of a caller's request before and after it is sent on; the bytes themselves are kept as they
// came.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/chat.hpp"

namespace chaos::router {

/// The vendor's own limit of `n`.
inline constexpr std::int64_t most_choices = 128;

struct RequestFacts {
    std::string model;
    /// No other member is called so: of several some readers take the first, and some the last.
    bool model_once = false;
    bool names_connection = false;  ///< it has a member that callers may not set: is_connection_field()
    bool stream = false;
    std::size_t messages = 0;
    bool last_is_tool_result = false;
    bool after_terminal_tool =
        false;  ///< that result is of a tool after which an empty answer is legal; set by the policy
    bool offers_tools = false;
    bool open_tools = false;  ///< tools whose calls we cannot check by name and JSON: custom tools, legacy functions
    std::vector<std::string> tools;  ///< names of the declared functions
    std::int64_t choices = 1;        ///< `n`
    bool wants_usage = false;        ///< at the end of a stream
    bool keeps_state = false;        ///< `store`, hosted tools: to send it twice is more than a cost
    std::int64_t max_output = 0;     ///< tokens; 0: not limited
    std::int64_t estimated_tokens = 0;

    bool declares(std::string_view tool) const;
};

/// A rough count, four bytes a token. JSON's own punctuation makes it err on the large side, which is the safe one.
/// Facts count what is attached in base64 (images, sounds, files) as a thousand tokens a message instead.
std::int64_t estimate_tokens(std::string_view body);

/// Reads facts in one pass; keeps its buffers between requests.
class FactsReader {
public:
    explicit FactsReader(std::size_t max_depth = 64);
    ~FactsReader();
    /// False with `problem` set when the body is not a chat request: not JSON, too deep, no `model`, no `messages`.
    bool read(std::string_view body, RequestFacts& facts, std::string& problem);
    /// The same of an OpenAI Responses request, of one for embeddings, and of an Anthropic Messages request.
    bool read_responses(std::string_view body, RequestFacts& facts, std::string& problem);
    bool read_embeddings(std::string_view body, RequestFacts& facts, std::string& problem);
    bool read_messages(std::string_view body, RequestFacts& facts, std::string& problem);

private:
    template <class ReadObject>
    bool read_with(std::string_view body, RequestFacts& facts, std::string& problem, ReadObject read_object);

    struct Parser;
    std::unique_ptr<Parser> parser_;
};

/// The names of the tools whose results end the conversation. For the rare cases that need them.
std::vector<std::string> tools_answered_last(const wire::ChatRequest& request);

/// `body` with one more user message at the end of `messages`, every other byte kept; nothing if it cannot be found.
std::optional<std::string> append_user_message(std::string_view body, std::string_view text);

}  // namespace chaos::router
