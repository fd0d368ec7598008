// Reading a latency and its distribution.
#include "mock_providers/faults/latency.hpp"

#include <fmt/format.h>

#include "mock_providers/faults/vocabulary.hpp"

namespace chaos::mock_providers::faults {

namespace {

using net::faults::Distribution;

constexpr net::Duration longest_latency = std::chrono::hours(1);

std::optional<Distribution> read_distribution(config::MapReader& map)
{
    const auto word = map.choice("distribution", {"uniform", "normal", "lognormal", "pareto"});
    if (!word) {
        return std::nullopt;
    }
    return *word == "normal"      ? Distribution::normal
           : *word == "lognormal" ? Distribution::lognormal
           : *word == "pareto"    ? Distribution::pareto
                                  : Distribution::uniform;
}

void check(const net::faults::Latency& drawn, config::MapReader& map)
{
    if (drawn.of <= net::Duration::zero() || drawn.of > longest_latency) {
        map.complaints().add(map.at("of"), "latency.of: must be more than 0s and at most 1h");
    }
    if (drawn.jitter > longest_latency) {
        map.complaints().add(map.at("jitter"), "latency.jitter: must be at most 1h");
    }
    if (drawn.distribution == Distribution::uniform && drawn.jitter > drawn.of) {
        map.complaints().add(map.at("jitter"), fmt::format("latency.jitter: no latency is below zero, so a uniform one "
                                                           "of {} varies by at most that",
                                                           net::to_string(drawn.of)));
    }
    if (drawn.distribution != Distribution::fixed && drawn.jitter == net::Duration::zero()) {
        map.complaints().add(map.at("distribution"),
                             "latency.distribution: with a `jitter` of 0s every latency is the same");
    }
}

Parameters read_latency(const config::Node& value, config::Complaints& complaints)
{
    Latency fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "latency");
    net::faults::Latency& drawn = fault.drawn;
    drawn.of = map.duration("of", drawn.of);
    const auto distribution = read_distribution(map);
    drawn.jitter = map.duration("jitter", distribution ? drawn.of / 2 : net::Duration::zero());
    const bool varies = drawn.jitter > net::Duration::zero();
    drawn.distribution = distribution.value_or(varies ? Distribution::uniform : Distribution::fixed);
    fault.directions = read_directions(map);
    check(drawn, map);
    map.finish();
    return fault;
}

}  // namespace

net::faults::Effect Latency::effect() const
{
    return drawn;
}

Entry latency_entry()
{
    Entry entry;
    entry.name = "latency";
    entry.layer = Layer::connection;
    entry.summary = "Everything on a connection arrives later than it was sent, and in its order.";
    entry.evidence = "Delivered: so many bytes of a connection were held for so long, as the link counted.";
    entry.remedy = "Have timeouts that a slow network does not meet, and do not take it for a failure.";
    entry.parameters = {
        {"of", "how long each way; up to 1h, default 100ms", "250ms"},
        {"distribution", "uniform, normal, lognormal or pareto; default uniform if there is jitter", "lognormal"},
        {"jitter",
         "uniform: give or take so much; normal: the standard deviation; lognormal: one in six takes longer than of + "
         "jitter, half take longer than of; pareto: half take longer than of + jitter, none less than of; default "
         "none, or half "
         "of `of` where a distribution is named",
         "50ms"},
        {"direction", directions_meaning, "down"}};
    entry.read = &read_latency;
    return entry;
}

}  // namespace chaos::mock_providers::faults
