// Keyed chance by integer mixing: splitmix64's finaliser over FNV-1a hashes of the topics.
#include "net/chance.hpp"

namespace chaos::net {
namespace {

constexpr std::uint64_t golden_ratio = 0x9e37'79b9'7f4a'7c15;

/// The finaliser of splitmix64 (Vigna; "Mix13" of Stafford): a bijection in which every input bit reaches every output
/// bit.
constexpr std::uint64_t mix(std::uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58'476d'1ce4'e5b9;
    x = (x ^ (x >> 27)) * 0x94d0'49bb'1331'11eb;
    return x ^ (x >> 31);
}

constexpr std::uint64_t combine(std::uint64_t seed, std::uint64_t value)
{
    return mix(mix(seed + golden_ratio) + value * golden_ratio);
}

struct WideProduct {
    std::uint64_t high;
    std::uint64_t low;
};

/// The 128 bits of a * b, from 32-bit halves.
constexpr WideProduct multiply(std::uint64_t a, std::uint64_t b)
{
    constexpr std::uint64_t mask = 0xffff'ffff;
    const std::uint64_t low = (a & mask) * (b & mask);
    const std::uint64_t middle = (a >> 32) * (b & mask) + (low >> 32);
    const std::uint64_t other_middle = (a & mask) * (b >> 32) + (middle & mask);
    return {(a >> 32) * (b >> 32) + (middle >> 32) + (other_middle >> 32), (other_middle << 32) | (low & mask)};
}

/// Topics named by text and by number never meet.
constexpr std::uint64_t ordinal_salt = 0x6f72'6469'6e61'6c00;

}  // namespace

std::uint64_t stable_hash(std::string_view text, std::uint64_t seed)
{
    std::uint64_t hash = 0xcbf2'9ce4'8422'2325 ^ seed;  // FNV-1a, 64 bits
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x0000'0100'0000'01b3;
    return mix(hash + text.size() * golden_ratio);
}

Chance Chance::about(std::string_view topic) const
{
    return Chance(combine(seed_, stable_hash(topic)));
}

Chance Chance::about(std::uint64_t ordinal) const
{
    return Chance(combine(seed_ ^ ordinal_salt, ordinal));
}

std::uint64_t Chance::bits() const
{
    return mix(seed_ + golden_ratio);
}

/// Lemire's multiply-and-reject: the rejected part of the product's range is what would make some results likelier.
std::uint64_t Chance::below(std::uint64_t bound) const
{
    const std::uint64_t rejected = (0 - bound) % bound;
    std::uint64_t draw = bits();
    WideProduct product = multiply(draw, bound);
    while (product.low < rejected) {
        draw = mix(draw + golden_ratio);
        product = multiply(draw, bound);
    }
    return product.high;
}

bool Chance::happens(std::uint32_t parts_per_million) const
{
    return below(1'000'000) < parts_per_million;
}

Duration Chance::between(Duration low, Duration high) const
{
    const auto span = static_cast<std::uint64_t>((high - low).count()) + 1;
    return low + Duration(static_cast<Duration::rep>(below(span)));
}

}  // namespace chaos::net
