// SHA-256 by OpenSSL.
#include "net/digest.hpp"

#include <openssl/sha.h>

#include <array>

namespace chaos::net {

std::string sha256(std::string_view text)
{
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hexadecimal;
    hexadecimal.reserve(2 * digest.size());
    for (const unsigned char byte : digest) {
        hexadecimal += digits[byte >> 4];
        hexadecimal += digits[byte & 15];
    }
    return hexadecimal;
}

}  // namespace chaos::net
