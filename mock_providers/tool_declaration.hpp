// How a tool is told to a model: its schema, and in it the place of the effect token.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mock_providers/spec.hpp"
#include "wire/chat.hpp"

namespace chaos::mock_providers {

/// The declaration an agent offers to the model: the tool's own schema, or that of the usual tool with the text
/// arguments `reference` (the effect token) and `content`. The description of the token's place says what belongs
/// there.
wire::ToolSpec declaration(const ToolSpec& tool);

/// Whether a schema is that of the usual tool, to the byte.
bool is_usual_input(std::string_view parameters);

/// The property that a declaration says the reference of a step belongs in, whoever re-spelt the schema meanwhile; else
/// `reference`, if that is declared; else nothing.
std::optional<std::string> reference_place(std::string_view parameters);

}  // namespace chaos::mock_providers
