// What Google says when it does not answer: the usual status and message of each HTTP status.
#pragma once

#include <string_view>

#include "wire/chat.hpp"

namespace chaos::mock_providers {

/// As the Gemini API words it for this HTTP status; for one it does not use, the nearest of its own words.
wire::ProviderError gemini_error(int status, std::string_view model);

}  // namespace chaos::mock_providers
