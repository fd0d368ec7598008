// A digest of text that nobody can find a second text for: to compare what is too long or too secret to keep.
#pragma once

#include <string>
#include <string_view>

namespace chaos::net {

/// SHA-256, as 64 lower-case hexadecimal digits.
std::string sha256(std::string_view text);

}  // namespace chaos::net
