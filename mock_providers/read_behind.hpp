// The keys of a provider whose answers come from elsewhere: `upstream`, `upstream_ca`, `record`, and `brain: {replay}`.
#pragma once

#include "config/reader.hpp"
#include "mock_providers/spec.hpp"

namespace chaos::mock_providers {

/// True if a `brain:` is a recording.
bool is_replay(const config::Node& brain);
ReplaySpec read_replay(const config::Node& brain, config::Complaints& complaints);

/// The other keys, and what does not go with them. After everything else of the provider was read.
void read_upstream(config::MapReader& map, ProviderSpec& spec);

}  // namespace chaos::mock_providers
