// W3C trace context: the caller's trace goes on through the router, each attempt a span of its own.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/chance.hpp"
#include "net/rare.hpp"
#include "router/short_text.hpp"

namespace chaos::router {

/// 2 digits of version, 32 of trace, 16 of span, 2 of flags, and three hyphens.
inline constexpr std::size_t length_of_traceparent = 55;

struct TraceContext {
    ShortText<32> trace_id;        ///< hexadecimal digits
    ShortText<16> span_id;         ///< the same
    ShortText<2> flags = "00";     ///< the same; the last bit says: sampled
    net::Rare<std::string> state;  ///< the vendors' own (tracestate), passed on as it came

    ShortText<length_of_traceparent> traceparent() const;
};

/// Reads the two headers; nothing for a traceparent that is none (W3C Trace Context, 3.2): then a trace begins here,
/// and a tracestate alone means nothing.
std::optional<TraceContext> read_trace_context(std::string_view traceparent, std::string_view tracestate);

/// A span below `parent`; without one the first of a new trace, not sampled.
TraceContext child_of(const std::optional<TraceContext>& parent, net::Chance chance);
/// The id that a span has whose chance this is.
ShortText<16> span_of(net::Chance chance);

}  // namespace chaos::router
