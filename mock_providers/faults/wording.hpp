// Helpers for the sentences in which faults tell what they really did.
#pragma once

#include <string>

#include "mock_providers/script.hpp"

namespace chaos::mock_providers::faults {

/// A measured duration, to the millisecond: "1.204s". Below one, to the microsecond.
std::string rounded(net::Duration measured);
/// "HTTP 200, 3 tokens (812 bytes of body)", or "nothing" before any byte.
std::string amount(const Sent& sent);
/// "silent for 1.2s, until the client left"
std::string silence(const Sent& sent);
/// "FIN", "RST" or "silence".
std::string_view spelling(Stop stop);

}  // namespace chaos::mock_providers::faults
