// What to do after an attempt at a tool: what happened goes in, what is next comes out. Pure: no I/O, no clock.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "net/chance.hpp"
#include "net/time.hpp"
#include "router/tools/dependencies.hpp"

namespace chaos::router {

/// What an attempt came to.
struct ToolOutcome {
    enum class What {
        answered,   ///< with `status`
        not_sent,   ///< no connection was had: no byte of the call left
        no_answer,  ///< bytes left, and no whole answer came
    } what = What::answered;
    int status = 0;
    std::optional<net::Duration> retry_after;
    bool timed_out = false;
    std::string why;  ///< of what is no answer, in our own words
};

enum class Executed { no, maybe, yes };
/// What an outcome says about the effect. A refusal before it (429 and other 4xx) is no; a 5xx or a lost answer is
/// maybe.
Executed executed(const ToolOutcome& outcome);

/// Whether another attempt could end better: 408, 425, 429, 5xx (but 501 and 505), a connection that failed; 409 of a
/// keyed call, whose first attempt may be under way.
bool worth_repeating(const ToolOutcome& outcome, bool keyed);

/// What is known of a call besides.
struct ToolCallFacts {
    bool keyed = false;                      ///< sent with an Idempotency-Key that the tool honours
    bool safe = false;                       ///< GET or HEAD: no effect
    int attempts = 0;                        ///< so far
    std::size_t endpoint = 0;                ///< of the last of them
    std::optional<net::Duration> time_left;  ///< nothing: a queued call, whose age is looked at elsewhere
};

namespace tool_step {
/// The answer is the result, a success or not.
struct Deliver {};
struct Again {
    std::size_t endpoint = 0;
    net::Duration wait{};
};
/// It has failed for good; why, in a sentence.
struct GiveUp {
    std::string why;
    bool maybe_executed = false;
};
}  // namespace tool_step
using ToolStep = std::variant<tool_step::Deliver, tool_step::Again, tool_step::GiveUp>;

/// `chance` is about this attempt. An error answer is given up, not delivered, when repeating it was worth trying.
ToolStep after_attempt(const Dependency& tool, const ToolCallFacts& facts, const ToolOutcome& outcome,
                       net::Chance chance);

/// Full jitter: any part of backoff x 2^(attempts - 1), capped.
net::Duration tool_backoff(const ToolRetry& retry, int attempts, net::Chance chance);

}  // namespace chaos::router
