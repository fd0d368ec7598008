// The header, and the filter that keeps its word.
#include "mock_providers/faults/gzip.hpp"

#include <fmt/format.h>

#include "mock_providers/faults/choices.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/script.hpp"

namespace chaos::mock_providers::faults {

namespace {

const Choices<GzipFlush> flushes = {{"per_event", GzipFlush::each}, {"at_end", GzipFlush::at_end}};

Parameters read_gzip(const config::Node& value, config::Complaints& complaints)
{
    Gzip fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "gzip");
    fault.flush = read_choice(map, "flush", flushes, fault.flush);
    fault.lying = map.boolean("lying", fault.lying);
    if (fault.lying && map.take("flush")) {
        complaints.add(map.at("flush"), "flush does not go with `lying: true`, which compresses nothing");
    }
    map.finish();
    return fault;
}

}  // namespace

void Gzip::inject(Script& script, net::Instant) const
{
    script.headers.set("content-encoding", "gzip");
    if (!lying) script.filter = chained(script.filter, [how = flush] { return gzip_filter(how); });
}

std::optional<std::string> Gzip::proof(const Sent& sent) const
{
    if (sent.status != 200) return std::nullopt;
    if (lying) return fmt::format("HTTP 200, content-encoding: gzip over a plain body ({} bytes of body)", sent.body_bytes);
    return fmt::format("HTTP 200, content-encoding: gzip ({} bytes of body for {})", sent.body_bytes, sent.unfiltered_bytes);
}

Entry gzip_entry()
{
    Entry entry;
    entry.name = "gzip";
    entry.layer = Layer::request;
    entry.summary = "The answer is compressed, whatever the request accepts; or it says so and is not.";
    entry.evidence = "Delivered: the head with content-encoding: gzip, and what came of the answer, went out to a recognised attempt.";
    entry.remedy =
        "Decode what is encoded, event by event, or refuse it; never read or pass on compressed bytes as text. What "
        "cannot be decoded is no answer: go on with another provider.";
    entry.parameters = {{"flush",
                         "of a stream: per_event (each can be read when it is due) or at_end (nothing before the end, "
                         "or before the compressor's buffer is full); default per_event",
                         "at_end"},
                        {"lying", "true: the header alone, over a plain body; default false", "true"}};
    entry.forms = {"{flush: at_end}", "{lying: true}"};
    entry.read = &read_gzip;
    return entry;
}

}  // namespace chaos::mock_providers::faults
