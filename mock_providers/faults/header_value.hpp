// A parameter that goes into a header field as it is.
#pragma once

#include <optional>
#include <string>

#include "config/reader.hpp"

namespace chaos::mock_providers::faults {

/// Complains unless it is printable ASCII, not empty, and at most 200 characters: a line break would end the field.
std::optional<std::string> read_header_value(config::MapReader& map, std::string_view key);

}  // namespace chaos::mock_providers::faults
