// Reading how late the end comes.
#include "mock_providers/faults/slow_close.hpp"

#include "mock_providers/faults/vocabulary.hpp"

namespace chaos::mock_providers::faults {

namespace {

Parameters read_slow_close(const config::Node& value, config::Complaints& complaints)
{
    SlowClose fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "slow_close");
    fault.by = map.duration("by", fault.by);
    fault.directions = read_directions(map);
    if (fault.by <= net::Duration::zero()) {
        complaints.add(map.at("by"), "slow_close.by: must be more than 0s");
    }
    map.finish();
    return fault;
}

}  // namespace

net::faults::Effect SlowClose::effect() const
{
    return net::faults::SlowClose{by};
}

Entry slow_close_entry()
{
    Entry entry;
    entry.name = "slow_close";
    entry.layer = Layer::connection;
    entry.summary = "The end of a connection arrives long after its last bytes.";
    entry.evidence = "Delivered: the end of a connection was held for so long, as the link counted.";
    entry.remedy = "Take an answer as complete when its own framing or terminator says so, not when its connection ends.";
    entry.parameters = {{"by", "how much later than the bytes before it; default 5s", "2s"},
                        {"direction", directions_meaning, "down"}};
    entry.read = &read_slow_close;
    return entry;
}

}  // namespace chaos::mock_providers::faults
