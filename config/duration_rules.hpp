// Rules that durations of a file must keep, each and among themselves; told in the same words wherever they hold.
#pragma once

#include "config/reader.hpp"

namespace chaos::config {

/// Must be longer than nothing.
net::Duration read_positive_duration(MapReader& reader, std::string_view key, net::Duration fallback);

/// Two durations of one section, of which the first must not exceed the second.
struct DurationOrder {
    std::string_view section;
    std::string_view smaller;
    std::string_view larger;
};
/// A default that does not fit what was written gives way; what was written must fit.
void keep_in_order(MapReader& reader, const DurationOrder& order, net::Duration& low, net::Duration high);

}  // namespace chaos::config
