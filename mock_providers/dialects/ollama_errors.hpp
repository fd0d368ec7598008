// What Ollama says when it does not answer: the usual message of each status.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wire/chat.hpp"

namespace chaos::mock_providers {

/// As Ollama words it for this status; for a status it does not use, the nearest of its own words. The type is the one
/// its OpenAI-compatible API gives: by the status alone.
wire::ProviderError ollama_error(int status, std::string_view model);
/// The same in other words.
wire::ProviderError ollama_error_saying(int status, std::string message);

/// Whether both name the same model: without a tag "latest" is meant.
bool same_ollama_model(std::string_view one, std::string_view other);
/// The name with its tag.
std::string tagged_ollama_model(std::string_view model);

/// Why the OpenAI-compatible API refuses what Chat Completions would let pass: it passes messages on as its own, and
/// has no place for images by URL, for other parts, and for arguments that are not an object.
std::optional<wire::ProviderError> ollama_openai_refusal(const wire::ChatRequest& request);

}  // namespace chaos::mock_providers
