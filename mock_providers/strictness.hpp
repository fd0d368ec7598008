// What a provider refuses in a conversation though others accept it: the histories that a failover leaves behind.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "wire/chat.hpp"

namespace chaos::mock_providers {

enum class Strictness {
    empty_turns,     ///< an assistant turn with neither text nor calls (as Mistral refuses it)
    repeated_roles,  ///< two turns of the user, or of the assistant, in a row (as many chat templates do)
    foreign_ids,     ///< ids of calls that are not nine letters and digits (as Mistral's are)
};

/// As scenarios spell them: "empty_turns".
std::vector<std::string> strictness_names();
/// `name` is one of them.
Strictness strictness(const std::string& name);

/// The vendor's sentence about the first turn that is refused; nothing if all are accepted.
std::optional<std::string> objection(const std::vector<Strictness>& strict, const wire::ChatRequest& request);

}  // namespace chaos::mock_providers
