// The file of `chaos router`: where to listen, which providers there are, the policy, and how it is operated.
#pragma once

#include "router/operation/operation.hpp"
#include "router/policy.hpp"

namespace chaos::router {

struct Configuration {
    net::Endpoint listen;
    std::vector<Target> targets;
    Policy policy;
    Operation operation;
};

/// Nothing, with every complaint at once, unless all of it is good.
std::optional<Configuration> read_configuration(std::string_view text, config::Complaints& complaints,
                                                const KeySources& sources = process_key_sources());

/// What is not wrong, and yet will surprise whoever does not know it: a sentence each.
std::vector<std::string> remarks_on(const Configuration& configuration);

/// The keys of a provider; those at the top of the file.
std::vector<SettingDoc> provider_settings();
std::vector<SettingDoc> configuration_settings();

}  // namespace chaos::router
