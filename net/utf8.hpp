// UTF-8, sequence by sequence.
#pragma once

#include <cstddef>
#include <string_view>

namespace chaos::net {

struct Utf8Sequence {
    bool valid = false;
    std::size_t length = 1;  ///< of an invalid one: its maximal prefix, which one U+FFFD replaces (Unicode 15, 3.9)
};

/// The sequence at the front of `text` (not empty), by table 3-7 of the Unicode standard.
Utf8Sequence first_utf8(std::string_view text);

/// True for the second and later bytes of a sequence.
inline bool is_utf8_continuation(char c)
{
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

/// U+FFFD, which stands for what is not UTF-8.
inline constexpr std::string_view utf8_replacement = "\xef\xbf\xbd";

}  // namespace chaos::net
