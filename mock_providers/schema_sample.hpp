// A value that satisfies a JSON Schema: what a friendly model passes to a tool it knows nothing about.
#pragma once

#include <string>
#include <string_view>

namespace chaos::mock_providers {

/// JSON text for the given schema: required members (all, if it names none), enums, consts and defaults first, bounds
/// kept, local references followed. `text` stands for free strings. An unreadable schema gives "{}".
std::string sample_arguments(std::string_view schema, std::string_view text);

}  // namespace chaos::mock_providers
