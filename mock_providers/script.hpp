// What a provider is going to do with one request, and what really went out: plain values. Faults edit scripts; the
// player plays them and keeps the record; each fault reads its proof from the record.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mock_providers/body_filter.hpp"
#include "mock_providers/dialects/dialect.hpp"
#include "mock_providers/observer.hpp"
#include "mock_providers/pieces.hpp"
#include "mock_providers/spec.hpp"
#include "net/http/message.hpp"
#include "net/rare.hpp"
#include "net/time.hpp"
#include "wire/chat.hpp"

namespace chaos::mock_providers {

/// The place in a response where it stops.
struct Break {
    enum class Where {
        request,    ///< the request was read, nothing was sent
        head,       ///< when the head would be due, before any byte of it
        age,        ///< `age` after the request's last byte, wherever the response is by then
        tokens,     ///< after `after_tokens` tokens; all of them if there are fewer, but never the proper end
        tool_call,  ///< in the middle of the first tool call's arguments
        // In streams alone:
        event,       ///< in the middle of the event after `after_tokens` tokens
        code_point,  ///< in the middle of a character of that event
        finish,      ///< everything was said, but for the finish reason
        terminator,  ///< the finish reason was sent; what the dialect ends a stream with was not
    };
    Where where = Where::request;
    std::int64_t after_tokens = 0;
    net::Duration age{};
    Stop how = Stop::silence;
    /// In a silence: whether the provider goes when the client does. Otherwise nothing reaches it any more.
    bool notices_client = false;
    /// A silence ends here and the response goes on as if nothing had been; `never`: it does not end by itself.
    net::Instant release = net::never;
    /// A silence lasts at most so long; then `afterwards` is sent.
    std::optional<net::Duration> at_most;
    net::http::Response afterwards;
};

class Passage;

/// Faults edit this; without faults it is a healthy answer at its natural pace.
struct Script {
    const Dialect* dialect = nullptr;  ///< both set
    const Api* api = nullptr;
    wire::ChatAnswer answer;
    /// The call the next turn would make: what a fault adds that needs several calls in one turn. Nothing: no call.
    net::Rare<wire::ToolCall> following_call;
    bool stream = false;
    bool include_usage = false;
    Pace natural;                            ///< a streamed answer's head is due with the natural first token
    Pace pace;                               ///< first_token counts from the request's last byte
    net::Instant pace_release = net::never;  ///< from here on the natural pace
    /// How often a stream that waits for a token shows that it is alive, in the API's own way; nothing: it does not.
    std::optional<net::Duration> keep_alive;
    net::Rare<net::http::Response> instead;               ///< sent at once, in place of the answer
    std::optional<net::Duration> told_wait;               ///< how long `instead` asks its caller to stay away
    bool body_lost = false;                               ///< of `instead` the head goes out, then comes FIN
    net::http::Headers headers;                           ///< of the answer, in place of its own of these names
    std::function<std::unique_ptr<BodyFilter>()> filter;  ///< makes what the answer's body goes through; empty: nothing
    std::size_t largest_write = std::string::npos;        ///< of a streamed body, in bytes
    std::shared_ptr<Passage> passage;                     ///< the answer is passed on from there; null: it is `answer`
    net::Rare<Break> stop;
    /// Changes the pieces of a stream, where the answer alone cannot say it; empty: they stay as they are.
    net::Rare<std::function<void(std::vector<Piece>&)>> rearrange;
    /// Changes the bytes of a whole answer, or of one piece of a stream, once they are written; empty: they stay.
    net::Rare<std::function<void(std::string&)>> respell;

    bool calls_a_tool() const { return !instead && !answer.tool_calls.empty(); }
    /// The vendor's usual error for this status.
    wire::ProviderError usual_error(int status) const { return dialect->usual_error(status, answer.model); }
    net::http::Response error_response(const wire::ProviderError& error) const
    {
        return mock_providers::error_response(*api, error);
    }
};

/// What really went out for one request, measured by the player.
struct Sent {
    int status = 0;           ///< 0: no head was sent
    std::uint64_t bytes = 0;  ///< of head and body, as accepted for sending
    std::uint64_t body_bytes = 0;
    std::uint64_t unfiltered_bytes = 0;  ///< of the answer's body, before the script's filter
    std::uint64_t writes = 0;            ///< of a streamed body
    std::uint64_t keep_alives = 0;       ///< signs of life between tokens
    std::int64_t tokens = 0;
    WireEnd end = WireEnd::silent;
    std::optional<net::Duration> told_wait;          ///< the caller was told to stay away for so long
    std::optional<net::Duration> first_token_after;  ///< from the request's last byte
    net::Duration longest_pause{};                   ///< between two tokens of a stream
    net::Duration held_back{};                       ///< beyond the natural pace, in all
    net::Duration waited{};                          ///< before the first token, also when none came
    net::Duration silence{};                         ///< spent in a Break that was silent
    enum class Silence { none, until_end, until_client_left, released, hold_over };
    Silence fell_silent = Silence::none;  ///< and how that ended; until_end: of the run
    bool broke_off = false;               ///< the place of the script's Break was reached
    bool client_left = false;             ///< the client was gone before the end, whether the provider cared or not
    net::Rare<std::string> problem;       ///< why the endpoint behind the provider gave no answer, or not all of it

    bool sent(int expected_status) const { return status == expected_status && end == WireEnd::complete; }
};

}  // namespace chaos::mock_providers
