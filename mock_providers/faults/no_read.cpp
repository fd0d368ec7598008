// The row of the vocabulary; the deed is the link's.
#include "mock_providers/faults/no_read.hpp"

#include "mock_providers/faults/vocabulary.hpp"

namespace chaos::mock_providers::faults {

namespace {

Parameters read_no_read(const config::Node& value, config::Complaints& complaints)
{
    if (value.kind() != config::NodeKind::null) {
        config::MapReader map(value, complaints, "no_read");
        map.finish();
    }
    return NoRead{};
}

}  // namespace

net::faults::Effect NoRead::effect() const
{
    return net::faults::NoRead{};
}

Entry no_read_entry()
{
    Entry entry;
    entry.name = "no_read";
    entry.layer = Layer::connection;
    entry.summary =
        "Connections are accepted and nothing is ever read from them: requests fill the buffers, and no answer comes.";
    entry.evidence = "Delivered: the connection was accepted, or was open, and from then on nothing was read from it.";
    entry.remedy =
        "Count the time it takes to write a request, too: give up after its own timeout, and go on with another provider.";
    entry.read = &read_no_read;
    return entry;
}

}  // namespace chaos::mock_providers::faults
