#include "tests/support/source_dir.hpp"

namespace chaos::testing {

std::string source_dir()
{
    return CHAOS_SOURCE_DIR;
}

}  // namespace chaos::testing
