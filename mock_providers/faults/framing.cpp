// One shape of a stream.
#include "mock_providers/faults/framing.hpp"

#include <fmt/format.h>

#include "mock_providers/faults/choices.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/script.hpp"

namespace chaos::mock_providers::faults {

namespace {

const Choices<SseShape> framing_shapes = {{"crlf", SseShape::crlf},
                                          {"bare_cr", SseShape::bare_cr},
                                          {"mixed", SseShape::mixed},
                                          {"no_space", SseShape::no_space},
                                          {"bom", SseShape::bom},
                                          {"comments", SseShape::comments},
                                          {"multi_line", SseShape::multi_line},
                                          {"double_prefix", SseShape::double_prefix},
                                          {"comment_as_data", SseShape::comment_as_data},
                                          {"one_segment", SseShape::one_segment},
                                          {"byte_by_byte", SseShape::byte_by_byte}};

Parameters read_framing(const config::Node& value, config::Complaints& complaints)
{
    Framing fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "framing");
    fault.shape = read_choice(map, "shape", framing_shapes, fault.shape);
    map.finish();
    return fault;
}

bool needs_events(SseShape shape)
{
    return shape != SseShape::one_segment && shape != SseShape::byte_by_byte;
}

}  // namespace

bool Framing::applies_to(const Script& script) const
{
    const bool events = script.api->stream_content_type().starts_with("text/event-stream");
    return script.stream && (events || !needs_events(shape));
}

void Framing::inject(Script& script, net::Instant) const
{
    script.filter =
        chained([how = shape] { return sse_filter(how); }, script.filter);  // events, before they are packed
    if (shape == SseShape::byte_by_byte) script.largest_write = 1;
}

std::optional<std::string> Framing::proof(const Sent& sent) const
{
    if (sent.status != 200 || sent.body_bytes == 0) return std::nullopt;
    return fmt::format("HTTP 200, framing: {}, {} write{} ({} bytes of body)", word_for(shape, framing_shapes),
                       sent.writes, sent.writes == 1 ? "" : "s", sent.body_bytes);
}

Entry framing_entry()
{
    Entry entry;
    entry.name = "framing";
    entry.layer = Layer::request;
    entry.summary = "A stream says the right things, and is framed in a way that many readers cannot take.";
    entry.evidence = "Delivered: the stream in this framing, or its beginning, went out to a recognised attempt.";
    entry.remedy =
        "Read every spelling that the standard of server-sent events allows, wherever the bytes are divided; an event "
        "that is not JSON is an error: before anything was passed on, go on with another provider.";
    entry.parameters = {
        {"shape",
         "legal: crlf, bare_cr, mixed (line ends by turns), no_space (after `data:`), bom (first of all), comments "
         "(one "
         "before each event), multi_line (a JSON object over several data lines); broken: double_prefix (`data: data: "
         "{`), comment_as_data (`data: : OPENROUTER PROCESSING` first of all); of the bytes alone: one_segment (one "
         "write, at the end), byte_by_byte; default crlf",
         "bare_cr"}};
    entry.forms = {"{shape: one_segment}", "{shape: byte_by_byte}"};
    entry.read = &read_framing;
    return entry;
}

}  // namespace chaos::mock_providers::faults
