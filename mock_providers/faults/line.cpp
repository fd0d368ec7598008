// Reading `direction:`.
#include "mock_providers/faults/line.hpp"

namespace chaos::mock_providers::faults {

const char* const directions_meaning =
    "up (what the client sends), down (what the provider sends), or both; default both";

Directions read_directions(config::MapReader& map)
{
    const auto word = map.choice("direction", {"both", "up", "down"});
    return {word != "down", word != "up"};
}

}  // namespace chaos::mock_providers::faults
