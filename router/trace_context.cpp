// Reading and writing traceparent.
#include "router/trace_context.hpp"

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

/// Never only zeros.
template <std::size_t N>
void append_drawn(ShortText<N>& id, net::Chance chance)
{
    const std::uint64_t bits = chance.bits();
    id.append_hex(bits == 0 ? 1 : bits);
}

}  // namespace

ShortText<length_of_traceparent> TraceContext::traceparent() const
{
    ShortText<length_of_traceparent> text("00-");
    text.append(trace_id);
    text.append("-");
    text.append(span_id);
    text.append("-");
    text.append(flags);
    return text;
}

std::optional<TraceContext> read_trace_context(std::string_view traceparent, std::string_view tracestate)
{
    if (traceparent.size() < length_of_traceparent) return std::nullopt;
    const std::string_view version = traceparent.substr(0, 2);
    const bool longer = traceparent.size() > length_of_traceparent;
    if (!is_trace_hex(version) || version == "ff" ||
        (longer && (version == "00" || traceparent[length_of_traceparent] != '-')))
        return std::nullopt;
    if (traceparent[2] != '-' || traceparent[35] != '-' || traceparent[52] != '-') return std::nullopt;
    TraceContext context;
    context.trace_id = traceparent.substr(3, 32);
    context.span_id = traceparent.substr(36, 16);
    context.flags = traceparent.substr(53, 2);
    if (!is_trace_id(context.trace_id) || !is_trace_id(context.span_id) || !is_trace_hex(context.flags))
        return std::nullopt;
    if (!tracestate.empty() && is_tracestate(tracestate)) context.state = std::string(tracestate);
    return context;
}

TraceContext child_of(const std::optional<TraceContext>& parent, net::Chance chance)
{
    TraceContext context;
    if (parent) {
        context = *parent;
    } else {
        const net::Chance about_trace = chance.about("trace");
        append_drawn(context.trace_id, about_trace.about(1));
        append_drawn(context.trace_id, about_trace.about(2));
    }
    context.span_id = span_of(chance);
    return context;
}

ShortText<16> span_of(net::Chance chance)
{
    ShortText<16> id;
    append_drawn(id, chance.about("span"));
    return id;
}

}  // namespace chaos::router
