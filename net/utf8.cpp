// The table of well-formed UTF-8.
#include "net/utf8.hpp"

namespace chaos::net {

Utf8Sequence first_utf8(std::string_view text)
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) {
        return {true, 1};
    }
    if (lead < 0xc2 || lead > 0xf4) {
        return {false, 1};
    }
    const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (text.size() < 2 || byte(1) < low || byte(1) > high) {
        return {false, 1};
    }
    for (std::size_t i = 2; i < length; ++i) {
        if (i >= text.size() || !is_utf8_continuation(text[i])) {
            return {false, i};
        }
    }
    return {true, length};
}

}  // namespace chaos::net
