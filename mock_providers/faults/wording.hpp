// Helpers for the sentences in which faults tell what they really did.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mock_providers/script.hpp"

namespace chaos::mock_providers::faults {

/// A measured duration, to the millisecond: "1.204s". Below one, to the microsecond.
std::string rounded(net::Duration measured);
/// "HTTP 200, 3 tokens (812 bytes of body)", or "nothing" before any byte.
std::string amount(const Sent& sent);
/// "silent for 1.2s, until the client left"
std::string silence(const Sent& sent);
/// "HTTP 200, a call without a name (812 bytes of body)", if the whole answer went out.
std::optional<std::string> whole_answer(const Sent& sent, std::string_view with);
/// "FIN", "RST" or "silence".
std::string_view spelling(Stop stop);

}  // namespace chaos::mock_providers::faults
