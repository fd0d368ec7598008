// Reading `direction:`.
#include "mock_providers/faults/line.hpp"

namespace chaos::mock_providers::faults {

const char* const directions_meaning =
    "up (what the client sends), down (what the provider sends), or both; default both";

Directions read_directions(config::MapReader& map, std::string_view otherwise)
{
    const std::string word = map.choice("direction", {"both", "up", "down"}).value_or(std::string(otherwise));
    return {word != "down", word != "up"};
}

}  // namespace chaos::mock_providers::faults
