// The shapes in which providers have really failed, each with the spelling that makes a mock fail so.
#pragma once

#include <string_view>
#include <vector>

namespace chaos::mock_providers::faults {

/// A failure as clients and gateways have met it.
struct Shape {
    std::string_view group;
    std::string_view met;      ///< what arrives, in a line
    std::string_view dialect;  ///< where it was met; most happen in others, too (`chaos list faults` says where)
    /// An entry of `faults:` without its target; or keys of the provider, where the conversation itself is the cause.
    std::string_view spelling;
    bool of_the_provider = false;  ///< the latter
};

/// By group, in the order of the documentation.
const std::vector<Shape>& shapes();

}  // namespace chaos::mock_providers::faults
