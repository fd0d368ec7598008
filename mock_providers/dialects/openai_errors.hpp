// What OpenAI says when it does not answer: the usual type, code and message of each status.
#pragma once

#include <string_view>

#include "wire/chat.hpp"

namespace chaos::mock_providers {

/// As OpenAI's API words it for this status; for a status it does not use, the nearest of its own words.
wire::ProviderError openai_error(int status, std::string_view model);

}  // namespace chaos::mock_providers
