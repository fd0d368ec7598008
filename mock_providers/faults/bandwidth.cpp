// Reading a rate.
#include "mock_providers/faults/bandwidth.hpp"

#include <fmt/format.h>

#include "config/quantity.hpp"
#include "mock_providers/faults/vocabulary.hpp"

namespace chaos::mock_providers::faults {

namespace {

constexpr std::string_view a_second = "/s";
constexpr std::uint64_t fastest = std::uint64_t{10} << 30;

/// "20 KiB/s"
std::optional<std::uint64_t> read_rate(const config::Node& node, config::Complaints& complaints)
{
    const auto text = config::read_text(node, complaints, "rate");
    if (!text) {
        return std::nullopt;
    }
    const std::string_view size = std::string_view(*text).substr(0, text->size() - std::min(text->size(), a_second.size()));
    const auto bytes = text->ends_with(a_second) ? config::parse_size(size) : std::nullopt;
    if (bytes && *bytes > 0 && *bytes <= fastest) {
        return bytes;
    }
    const auto likely = bytes ? std::nullopt : config::parse_size(*text);
    const std::string advice = bytes == 0U ? "; where nothing passes, say blackhole"
                               : likely    ? fmt::format(" (did you mean '{}/s'?)", *text)
                                           : "";
    complaints.add(node.at(), fmt::format("rate: expected bytes a second such as 20 KiB/s, from 1 B/s to 10 GiB/s, "
                                          "found '{}'{}",
                                          *text, advice));
    return std::nullopt;
}

Parameters read_bandwidth(const config::Node& value, config::Complaints& complaints)
{
    Bandwidth fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "bandwidth");
    if (const auto rate = map.take("rate")) {
        fault.bytes_per_second = read_rate(*rate, complaints).value_or(fault.bytes_per_second);
    }
    fault.directions = read_directions(map);
    map.finish();
    return fault;
}

}  // namespace

net::faults::Effect Bandwidth::effect() const
{
    return net::faults::Bandwidth{bytes_per_second};
}

Entry bandwidth_entry()
{
    Entry entry;
    entry.name = "bandwidth";
    entry.layer = Layer::connection;
    entry.summary = "Only so many bytes a second pass, evenly; who sends more has to wait.";
    entry.evidence = "Delivered: so many bytes of a connection took so long, as the link counted.";
    entry.remedy = "Pass on what comes as it comes; let the idle timeout, not the total, decide that a stream is dead.";
    entry.parameters = {{"rate", "bytes a second, of each connection and direction; default 16 KiB/s", "20 KiB/s"},
                        {"direction", directions_meaning, "down"}};
    entry.read = &read_bandwidth;
    return entry;
}

}  // namespace chaos::mock_providers::faults
