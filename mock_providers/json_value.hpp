// A part of a scenario that is JSON in YAML's clothes: schemas, arguments, results.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "config/document.hpp"

namespace chaos::mock_providers {

/// The node as JSON: maps and lists as they are, `true`, `false` and numbers spelt as JSON spells them by their type,
/// nothing as null, every other scalar and whatever is quoted as text.
nlohmann::ordered_json json_of(const config::Node& node);

}  // namespace chaos::mock_providers
