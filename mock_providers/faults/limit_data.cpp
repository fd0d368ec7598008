// Reading a number of bytes, and how they end.
#include "mock_providers/faults/limit_data.hpp"

#include "mock_providers/faults/vocabulary.hpp"

namespace chaos::mock_providers::faults {

namespace {

Parameters read_limit_data(const config::Node& value, config::Complaints& complaints)
{
    LimitData fault;
    fault.directions = {false, true};
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "limit_data");
    fault.bytes = map.size("bytes").value_or(fault.bytes);
    if (map.choice("end", {"fin", "reset"}) == "reset") {
        fault.end = net::Close::reset;
    }
    fault.directions = read_directions(map, "down");
    map.finish();
    return fault;
}

}  // namespace

net::faults::Effect LimitData::effect() const
{
    return net::faults::LimitData{bytes, end};
}

Entry limit_data_entry()
{
    Entry entry;
    entry.name = "limit_data";
    entry.layer = Layer::connection;
    entry.summary = "A connection ends after exactly so many bytes, wherever in a head, a body or a handshake that is.";
    entry.evidence = "Delivered: so many bytes of a connection passed, and then FIN or RST, as the link counted.";
    entry.remedy =
        "Never take what came for an answer unless its own framing says it is whole: before anything was passed on, go "
        "on "
        "with another provider; afterwards, end with an error.";
    entry.parameters = {
        {"bytes", "so many pass, counted from when the fault met the connection; default 1 KiB", "300 B"},
        {"end", "fin or reset; what was sent arrives first; default fin", "reset"},
        {"direction",
         "whose bytes are counted: up (what the client sends), down (what the provider sends), or both, each by "
         "itself; "
         "default down",
         "up"}};
    entry.read = &read_limit_data;
    return entry;
}

}  // namespace chaos::mock_providers::faults
