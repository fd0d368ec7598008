// How long a provider asks to be left alone: headers first, then the prose of its error message.
#pragma once

#include <optional>
#include <string_view>

#include "net/time.hpp"
#include "router/outcome.hpp"

namespace chaos::router {

/// The response headers that speak of trying again.
struct RetryHeaders {
    std::optional<std::string_view> retry_after_ms;  ///< milliseconds, may be fractional
    std::optional<std::string_view> retry_after;     ///< seconds (may be fractional) or an HTTP-date (RFC 9110, 10.2.3)
    std::optional<std::string_view> should_retry;    ///< x-should-retry: true | false
    std::optional<std::string_view> date;            ///< the provider's own clock
};

/// Longer waits than this are taken as this; it keeps sums of instants far from overflow.
inline constexpr net::Duration longest_retry_after = std::chrono::hours(24 * 365);

/// The wait is a floor. Where several headers speak, the longest wait counts; a date counts from the response's own
/// Date header, so that clock skew between us and the provider does not matter, else from `now`. A past date and 0 mean
/// no wait; nonsense and negative numbers say nothing. `error_message` is the message of an error (never of an answer):
/// "Please try again in 644ms" is believed only when no header speaks.
RetryHint read_retry_hint(const RetryHeaders& headers, net::WallTime now, std::string_view error_message);

}  // namespace chaos::router
