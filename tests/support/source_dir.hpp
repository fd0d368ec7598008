// Where the project's sources lie, for tests that read files of it.
#pragma once

#include <string>

namespace chaos::testing {

/// An absolute path, without a slash at its end.
std::string source_dir();

}  // namespace chaos::testing
