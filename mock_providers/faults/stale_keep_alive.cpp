// Reading when a resting connection ends.
#include "mock_providers/faults/stale_keep_alive.hpp"

#include "mock_providers/faults/vocabulary.hpp"

namespace chaos::mock_providers::faults {

namespace {

Parameters read_stale_keep_alive(const config::Node& value, config::Complaints& complaints)
{
    StaleKeepAlive fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "stale_keep_alive");
    fault.idle = map.duration("idle");
    map.finish();
    return fault;
}

}  // namespace

net::faults::Effect StaleKeepAlive::effect() const
{
    return net::faults::StaleKeepAlive{idle};
}

Entry stale_keep_alive_entry()
{
    Entry entry;
    entry.name = "stale_keep_alive";
    entry.layer = Layer::connection;
    entry.summary =
        "A connection that is kept alive after an answer is dead when it is used again: the next request is met by RST, "
        "unread; with `idle` it is closed by FIN after so long a rest.";
    entry.evidence = "Delivered: bytes of another request met RST, or the connection had rested so long and FIN went out.";
    entry.remedy =
        "Send the request once more on a fresh connection at the same provider, and count it against nobody: nothing was "
        "read.";
    entry.parameters = {{"idle", "closed after so long a rest; default: reset when it is used again", "5s"}};
    entry.read = &read_stale_keep_alive;
    return entry;
}

}  // namespace chaos::mock_providers::faults
