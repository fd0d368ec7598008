// How each vendor refuses what no waiting of seconds will bring back.
#pragma once

#include <optional>
#include <string_view>

#include "mock_providers/dialects/dialect.hpp"

namespace chaos::mock_providers {

enum class QuotaKind {
    insufficient_quota,  ///< no money
    daily,               ///< the limit of a day or longer
    request_too_large,   ///< the request alone is above the limit
    spend_limit,         ///< the limit the customer set
    affordable,          ///< the credits would do for fewer tokens
};

/// In the vendor's words and with the status it has for it; nothing if the vendor has no such words.
std::optional<wire::ProviderError> quota_error(const Dialect& dialect, QuotaKind kind, std::string_view model);

}  // namespace chaos::mock_providers
