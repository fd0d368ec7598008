// Complaints with their places.
#include "config/duration_rules.hpp"

#include <fmt/format.h>

namespace chaos::config {

net::Duration read_positive_duration(MapReader& reader, std::string_view key, net::Duration fallback)
{
    const net::Duration value = reader.duration(key, fallback);
    if (value <= net::Duration{})
        reader.complaints().add(reader.at(key), fmt::format("{}: must be longer than nothing", key));
    return value;
}

void keep_in_order(MapReader& reader, const DurationOrder& order, net::Duration& low, net::Duration high)
{
    if (low <= high) return;
    if (!reader.take(order.smaller)) {
        low = high;
        return;
    }
    reader.complaints().add(reader.at(order.smaller),
                            fmt::format("{}.{} ({}) is longer than {}.{} ({})", order.section, order.smaller,
                                        net::to_string(low), order.section, order.larger, net::to_string(high)));
}

}  // namespace chaos::config
