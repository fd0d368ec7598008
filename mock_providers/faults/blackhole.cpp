// What a blackhole does to an exchange; the connect kind is the work of windows.cpp.
#include "mock_providers/faults/blackhole.hpp"

#include <fmt/format.h>
#include <utility>

#include "config/reader.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/script.hpp"

namespace chaos::mock_providers::faults {

namespace {

Parameters read_blackhole(const config::Node& value, config::Complaints& complaints)
{
    Blackhole fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "blackhole");
    const auto at = map.choice("at", {"connect", "request", "mid_stream"});
    if (at) {
        fault.at = *at == "request"      ? Blackhole::At::request
                   : *at == "mid_stream" ? Blackhole::At::mid_stream
                                         : Blackhole::At::connect;
    }
    fault.new_connections_only = map.boolean("new_connections_only", fault.new_connections_only);
    if (fault.new_connections_only && fault.at != Blackhole::At::connect) {
        complaints.add(map.at("new_connections_only"), "new_connections_only goes with `at: connect` alone");
    }
    const auto tokens = map.integer("after_tokens", 0, 1'000'000);
    if (tokens && fault.at != Blackhole::At::mid_stream) {
        complaints.add(map.at("after_tokens"), "after_tokens goes with `at: mid_stream` alone");
    }
    fault.after_tokens = tokens.value_or(fault.after_tokens);
    map.finish();
    return fault;
}

}  // namespace

Stage Blackhole::stage() const
{
    switch (at) {
        case At::connect:
            return Stage::connection;
        case At::request:
            return Stage::opening;
        case At::mid_stream:
            return Stage::ending;
    }
    return Stage::connection;
}

void Blackhole::inject(Script& script, net::Instant release) const
{
    Break silence;
    silence.where = at == At::request ? Break::Where::request : Break::Where::tokens;
    silence.after_tokens = after_tokens;
    silence.how = Stop::silence;
    silence.release = release;
    script.stop = std::move(silence);
}

std::optional<std::string> Blackhole::proof(const Sent& sent) const
{
    if (sent.fell_silent == Sent::Silence::none) {
        return std::nullopt;
    }
    return fmt::format("{}, then {}", amount(sent), silence(sent));
}

Entry blackhole_entry()
{
    Entry entry;
    entry.name = "blackhole";
    entry.layer = Layer::connection;
    entry.summary = "Nothing passes and nothing says so: connects are never answered, open connections fall silent.";
    entry.evidence =
        "Contacted: a connect was seen pending or an open connection had bytes held; at request or mid_stream "
        "delivered: so many bytes, then so long a silence.";
    entry.remedy = "Give up after its own connect, first-token or idle timeout and go on with another provider.";
    entry.parameters = {{"at",
                         "connect (new connects are not answered, open connections go silent; a window), request "
                         "(read, then nothing), or mid_stream; default connect",
                         "request"},
                        {"new_connections_only", "at connect: open connections go on; default false", "true"},
                        {"after_tokens", "at mid_stream: how many tokens are sent before the silence; default 4", "3"}};
    entry.read = &read_blackhole;
    return entry;
}

}  // namespace chaos::mock_providers::faults
