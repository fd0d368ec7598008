// Where in a stream a script breaks off: which piece is the first that does not go out whole, and how much of it does.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "mock_providers/pieces.hpp"
#include "mock_providers/script.hpp"

namespace chaos::mock_providers {

struct BreakPoint {
    enum class Part {
        none,
        half,        ///< half of the event's bytes
        code_point,  ///< up to the middle of its first character of several bytes
    };
    std::size_t piece = 0;
    Part part = Part::none;
};

/// Never beyond the proper end: of more tokens than there are, all go out, and the break comes before the finish reason.
/// Nothing if the script does not break here.
std::optional<BreakPoint> break_point(const Script& script, const std::vector<Piece>& pieces);

/// The bytes of an event that go out.
std::string_view part_of(std::string_view event, BreakPoint::Part part);

}  // namespace chaos::mock_providers
