// The scope of a fault: the APIs, and their modes, in which it can happen at all. Asked of the fault itself, with answers of
// every kind, so that it cannot say one thing and do another.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mock_providers/dialects/dialect.hpp"
#include "mock_providers/faults/vocabulary.hpp"

namespace chaos::mock_providers::faults {

/// One API of a vendor in one of its modes.
struct Mode {
    const Dialect* dialect;
    Dialect::Endpoint endpoint;
    bool streamed;
};

/// Every mode of every API of every dialect, in the order of the documentation.
std::vector<Mode> every_mode();

/// Whether there is an answer in this mode on which the fault could act. True for faults of connections and of tools.
bool can_happen(const Parameters& parameters, const Mode& mode);

/// "every API, streamed or not", "openai, ollama (chat, generate); streamed: anthropic".
std::string scope_in_words(const Parameters& parameters);

/// Complains about a fault that can never happen at its target, whose dialect has no way to say it, or not to the
/// requests it picks.
void check_scope(const FaultSpec& fault, const std::vector<ProviderSpec>& providers, config::Complaints& complaints);

}  // namespace chaos::mock_providers::faults
