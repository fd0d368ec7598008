// What the Gemini API refuses before any model sees it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "net/http/message.hpp"
#include "wire/chat.hpp"

namespace chaos::mock_providers {

/// The error for a caller who shows no key, in x-goog-api-key or ?key=; any key will do.
std::optional<wire::ProviderError> gemini_keyless(const net::http::RequestHead& head);

/// The error for a request that is refused: an unknown model, results that do not answer exactly the calls of the turn
/// before, a prompt beyond the context window. Nothing if the model would answer.
std::optional<wire::ProviderError> gemini_refusal(const wire::ChatRequest& request, std::string_view model,
                                                  std::optional<std::int64_t> context_window);

}  // namespace chaos::mock_providers
