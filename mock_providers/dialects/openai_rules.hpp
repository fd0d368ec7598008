// What OpenAI's API refuses before any model sees it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "wire/chat.hpp"

namespace chaos::mock_providers {

/// The error for a request that is refused: an unknown model, tool results and tool calls that do not pair
/// (every id of an assistant turn's calls is answered before the next turn, and nothing else is), a prompt beyond the
/// context window. Nothing if the model would answer.
std::optional<wire::ProviderError> openai_chat_refusal(const wire::ChatRequest& request, std::string_view model,
                                                       std::optional<std::int64_t> context_window);
/// The same in the words of Responses. There a call may be answered anywhere after it, and nothing can go on from an
/// earlier answer, since none is kept.
std::optional<wire::ProviderError> openai_responses_refusal(const wire::ChatRequest& request, std::string_view model,
                                                            std::optional<std::int64_t> context_window);

}  // namespace chaos::mock_providers
