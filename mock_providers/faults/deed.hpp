// What a fault does and what proves it, whichever fault it is.
#pragma once

#include <optional>
#include <string>

#include "mock_providers/script.hpp"
#include "mock_providers/spec.hpp"
#include "mock_providers/tool_script.hpp"

namespace chaos::mock_providers::faults {

/// Whether the fault could act on an exchange that would go like this.
bool applies(const Parameters& parameters, const Script& script);
bool applies(const Parameters& parameters, const ToolScript& script);

/// Edits the script. `release`: the end of the fault's window, when what it holds goes on; net::never without one.
/// Faults of another layer leave the script as it is.
void inject(const Parameters& parameters, Script& script, net::Instant release);
void inject(const Parameters& parameters, ToolScript& script, net::Instant release);

/// In words what really went out, or nothing if it did not come to the deed (the client left before it).
std::optional<std::string> proof(const Parameters& parameters, const Sent& sent);
std::optional<std::string> proof(const Parameters& parameters, const ToolSent& sent);

}  // namespace chaos::mock_providers::faults
