// The five ways to ask a model, which callers and providers speak.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chaos::router {

enum class Protocol { openai_chat, openai_responses, anthropic, ollama, gemini };

/// As `dialect:` of a provider spells it: "openai" stands for Chat Completions, which everybody compatible speaks.
std::string_view spelling(Protocol protocol);
std::optional<Protocol> protocol_of(std::string_view dialect);
/// In the order of the documentation.
std::vector<std::string> dialect_words();

}  // namespace chaos::router
