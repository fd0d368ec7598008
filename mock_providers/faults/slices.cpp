// Reading the sizes of slices.
#include "mock_providers/faults/slices.hpp"

#include <fmt/format.h>

#include "mock_providers/faults/vocabulary.hpp"

namespace chaos::mock_providers::faults {

namespace {

constexpr std::uint64_t largest_slice = 16 * 1024 * 1024;

Parameters read_slices(const config::Node& value, config::Complaints& complaints)
{
    Slices fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "slices");
    fault.sizes.size = map.size("size").value_or(fault.sizes.size);
    fault.sizes.variation = map.size("variation").value_or(fault.sizes.variation);
    fault.sizes.pause = map.duration("pause", fault.sizes.pause);
    fault.directions = read_directions(map);
    if (fault.sizes.size == 0 || fault.sizes.size > largest_slice) {
        complaints.add(map.at("size"), "slices.size: must be from 1 B to 16 MiB");
    } else if (fault.sizes.variation >= fault.sizes.size) {
        complaints.add(map.at("variation"),
                       fmt::format("slices.variation: must be less than the size, {} B", fault.sizes.size));
    }
    map.finish();
    return fault;
}

}  // namespace

net::faults::Effect Slices::effect() const
{
    return sizes;
}

Entry slices_entry()
{
    Entry entry;
    entry.name = "slices";
    entry.layer = Layer::connection;
    entry.summary = "What is sent together arrives in small pieces, wherever they happen to be cut.";
    entry.evidence = "Delivered: so many bytes of a connection went on in so many slices, as the link counted.";
    entry.remedy = "Put lines, events, characters and chunks together again, whatever a read brings.";
    entry.parameters = {{"size", "of a slice; default 64 B", "7 B"},
                        {"variation", "slices are so much larger or smaller; less than the size, default 0 B", "3 B"},
                        {"pause", "after each slice; default 2ms", "10ms"},
                        {"direction", directions_meaning, "down"}};
    entry.read = &read_slices;
    return entry;
}

}  // namespace chaos::mock_providers::faults
