// The error a caller gets to read when no provider could answer: honest about what happened, useful for what to do
// next.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "router/outcome.hpp"

namespace chaos::router {

struct SurfacedError {
    int status = 502;
    std::string type = "server_error";
    std::string code;
    std::string message;                       ///< not redacted yet: whoever writes it out does that
    std::string body;                          ///< if not empty: the provider's own error body, to be passed on instead
    std::optional<net::Duration> retry_after;  ///< the smallest remaining wait
    bool worth_retrying = true;                ///< false: SDKs are told not to ask again by themselves
};

/// The longest Retry-After that every SDK of the vendors waits for. After a longer one some of them ask again at once.
inline constexpr net::Duration longest_wait_of_sdks = std::chrono::seconds(60);

/// One attempt that failed, in the order of attempts.
struct FailedAttempt {
    std::string provider;
    Outcome outcome;
};

/// Why a provider of the chain was never tried.
enum class Skipped { breaker_open, resting, window_too_small, lacks_capability, not_reached };
/// One word: "breaker_open".
std::string_view spelling(Skipped why);
struct SkippedProvider {
    std::string provider;
    Skipped why;
    std::string lacks{};  ///< the capability
};

/// Everything that is known when a request is given up.
struct Exhaustion {
    std::string model;  ///< the caller's alias
    std::vector<FailedAttempt> failed;
    std::vector<SkippedProvider> skipped;
    bool deadline_passed = false;
    bool not_repeatable = false;  ///< it may have been executed and must not be sent twice
    std::optional<net::Duration> remaining_wait;
    std::int64_t estimated_tokens = 0;
};

/// The request's own fault: the provider's status and words, one to one. A 5xx that blames the request becomes 400.
SurfacedError surface_fault(const Outcome& outcome);

/// 504 if time ran out or every provider timed out; 429 if waiting is all that is needed; 400 if the conversation fits
/// no provider; 503 if some are overloaded or resting; else 502. The words of the first failed provider come first.
/// Worth retrying only after a wait that is known: all that a retry at once could do has been tried.
SurfacedError surface_exhaustion(const Exhaustion& exhaustion);

/// A stream that broke after its content had begun to flow.
SurfacedError surface_broken_stream(std::string_view provider, const Outcome& outcome);

/// 429 of the router itself: this caller has used up what it may ask in a minute.
SurfacedError surface_rate_of_caller(std::string_view caller, int per_minute, net::Duration come_back);

/// 404 model_not_found, naming the models there are.
SurfacedError surface_unknown_model(std::string_view model, const std::vector<std::string>& known);

}  // namespace chaos::router
