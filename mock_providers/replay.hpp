// A recording in a real endpoint's place: the nth equal request is given the nth answer, byte for byte.
#pragma once

#include <memory>
#include <string>

#include "mock_providers/passage.hpp"
#include "mock_providers/spec.hpp"
#include "net/runtime.hpp"

namespace chaos::mock_providers {

/// `name` is the provider's, for messages. Throws std::runtime_error if the file cannot be read, with the line.
std::unique_ptr<Behind> make_replay(net::Runtime& runtime, const std::string& name, const ReplaySpec& spec);

}  // namespace chaos::mock_providers
