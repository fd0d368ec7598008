// How each vendor refuses a caller whose request may be as good as it likes.
#pragma once

#include <optional>
#include <string_view>

#include "mock_providers/dialects/dialect.hpp"

namespace chaos::mock_providers {

enum class CredentialKind {
    invalid_key,    ///< no such key
    expired,        ///< there was one
    no_permission,  ///< the key is good, and not for this
    billing,        ///< the key is good, and nobody pays for it
};

/// In the vendor's words and with the status it has for it; nothing if the vendor has no such words.
std::optional<wire::ProviderError> credential_error(const Dialect& dialect, CredentialKind kind, std::string_view model);

}  // namespace chaos::mock_providers
