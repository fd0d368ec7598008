// Reading and writing traceparent.
#include "router/trace_context.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace chaos::router {
namespace {

constexpr std::size_t longest_tracestate = 512;  ///< what everybody must pass on (W3C Trace Context, 3.3.1.5)

bool is_trace_hex(std::string_view text)
{
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// An id of only zeros stands for none.
bool is_trace_id(std::string_view text)
{
    return is_trace_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

bool is_tracestate(std::string_view text)
{
    return text.size() <= longest_tracestate &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

std::string trace_hex(std::uint64_t bits)
{
    return fmt::format("{:016x}", bits == 0 ? 1 : bits);
}

}  // namespace

std::string TraceContext::traceparent() const
{
    return fmt::format("00-{}-{}-{}", trace_id, span_id, flags);
}

std::optional<TraceContext> read_trace_context(std::string_view traceparent, std::string_view tracestate)
{
    constexpr std::size_t length = 55;  // 2 version, 32 trace, 16 span, 2 flags and three hyphens
    if (traceparent.size() < length) return std::nullopt;
    const std::string_view version = traceparent.substr(0, 2);
    const bool longer = traceparent.size() > length;
    if (!is_trace_hex(version) || version == "ff" || (longer && (version == "00" || traceparent[length] != '-')))
        return std::nullopt;
    if (traceparent[2] != '-' || traceparent[35] != '-' || traceparent[52] != '-') return std::nullopt;
    TraceContext context;
    context.trace_id = traceparent.substr(3, 32);
    context.span_id = traceparent.substr(36, 16);
    context.flags = traceparent.substr(53, 2);
    if (!is_trace_id(context.trace_id) || !is_trace_id(context.span_id) || !is_trace_hex(context.flags))
        return std::nullopt;
    if (is_tracestate(tracestate)) context.state = tracestate;
    return context;
}

TraceContext child_of(const std::optional<TraceContext>& parent, net::Chance chance)
{
    TraceContext context;
    if (parent) {
        context = *parent;
    } else {
        context.trace_id =
            trace_hex(chance.about("trace").about(1).bits()) + trace_hex(chance.about("trace").about(2).bits());
    }
    context.span_id = trace_hex(chance.about("span").bits());
    return context;
}

}  // namespace chaos::router
