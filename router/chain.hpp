// The providers behind a model's name, as its requests meet them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "router/memory/memory_of_failure.hpp"
#include "router/policy.hpp"

namespace chaos::router {

/// A provider in the chain of a model.
struct Link {
    std::size_t target = 0;  ///< index into the router's targets
    std::string name;
    std::vector<Place> keys;  ///< in the order in which they are used; at least one
    std::optional<std::int64_t> context_window;
    Timeouts timeouts;
};

/// The chains by alias. Members that are no targets are left out: the reader of the policy has complained about them.
std::map<std::string, std::vector<Link>> chains_of(const Policy& policy, const std::vector<Target>& targets,
                                                   MemoryOfFailure& memory);

}  // namespace chaos::router
