// Draws by integer logarithms and powers; no floating point, no library.
#include "net/faults/latency.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace chaos::net::faults {
namespace {

constexpr std::uint64_t low_half = 0xffff'ffff;

/// 2^(1/2), 2^(1/4), ... 2^(1/2^30), with 30 binary places.
constexpr std::array<std::uint64_t, 30> roots_of_two = {
    0x5a82799a, 0x4c1bf829, 0x45cae0f2, 0x42d561b4, 0x4166c34c, 0x40b268fa,
    0x4058f6a8, 0x402c6be9, 0x4016321b, 0x400b1818, 0x40058bce, 0x4002c5d8,
    0x400162e8, 0x4000b173, 0x400058b9, 0x40002c5d, 0x4000162e, 0x40000b17,
    0x4000058c, 0x400002c6, 0x40000163, 0x400000b1, 0x40000059, 0x4000002c,
    0x40000016, 0x4000000b, 0x40000006, 0x40000003, 0x40000001, 0x40000001};

/// a * b of numbers with 32 places. Twelve of them are given up, so that 2^30 * 2^12 fits.
std::int64_t multiply_fixed(std::int64_t a, std::int64_t b)
{
    return ((a >> 12) * (b >> 12)) >> 8;
}

/// `d` (below two hours) times a factor with 32 places, at most longest_draw.
Duration scaled(Duration d, std::uint64_t factor)
{
    const std::uint64_t most = std::uint64_t{longest_draw} << 32;
    const auto count = static_cast<std::uint64_t>(d.count());
    const std::uint64_t bounded = std::min(factor, most);
    const std::uint64_t whole = count * (bounded >> 32);
    const std::uint64_t part = (count * ((bounded & low_half) >> 12)) >> 20;
    return Duration(static_cast<Duration::rep>(whole + part));
}

/// A standard normal number with 32 places: the sum of twelve even ones in [0, 1) has variance 1 (Irwin-Hall); never
/// beyond six sigma.
std::int64_t standard_normal(const Chance& chance)
{
    std::int64_t sum = -(std::int64_t{6} << 32);
    for (std::uint64_t nth = 0; nth < 12; ++nth) sum += static_cast<std::int64_t>(chance.about(nth).bits() >> 32);
    return sum;
}

/// log2((of + jitter) / of) with 32 places.
std::int64_t log2_of_ratio(const Latency& latency)
{
    const auto of = static_cast<std::uint64_t>(std::max<Duration::rep>(latency.of.count(), 1));
    return log2_fixed(of + static_cast<std::uint64_t>(latency.jitter.count())) - log2_fixed(of);
}

Duration draw_normal(const Latency& latency, const Chance& chance)
{
    const std::int64_t z = standard_normal(chance);
    const Duration off = scaled(latency.jitter, static_cast<std::uint64_t>(z < 0 ? -z : z));
    return std::max(Duration::zero(), z < 0 ? latency.of - off : latency.of + off);
}

/// The ratio to the power of a standard normal number.
Duration draw_lognormal(const Latency& latency, const Chance& chance)
{
    return scaled(latency.of, exp2_fixed(multiply_fixed(standard_normal(chance), log2_of_ratio(latency))));
}

/// The ratio to the power of the number of times that a coin falls on one side first, made smooth: -log2 of an even
/// number in (0, 1].
Duration draw_pareto(const Latency& latency, const Chance& chance)
{
    const std::int64_t exponent = (std::int64_t{32} << 32) - log2_fixed((chance.bits() >> 32) + 1);
    return scaled(latency.of, exp2_fixed(multiply_fixed(exponent, log2_of_ratio(latency))));
}

}  // namespace

/// Each squaring of the mantissa brings one more binary place.
std::int64_t log2_fixed(std::uint64_t x)
{
    const int whole = 63 - std::countl_zero(x);
    std::uint64_t mantissa = (x << (63 - whole)) >> 32;  // in [1, 2), with 31 places
    std::int64_t places = 0;
    for (int place = 0; place < 32; ++place) {
        mantissa = (mantissa * mantissa) >> 31;
        const bool two = mantissa >> 32 != 0;
        places = places * 2 + (two ? 1 : 0);
        mantissa >>= two ? 1 : 0;
    }
    return (std::int64_t{whole} << 32) + places;
}

std::uint64_t exp2_fixed(std::int64_t x)
{
    const std::int64_t whole = x >> 32;
    const std::uint64_t places = static_cast<std::uint64_t>(x) & low_half;
    std::uint64_t power = std::uint64_t{1} << 30;
    for (std::size_t nth = 0; nth < roots_of_two.size(); ++nth) {
        if ((places >> (31 - nth) & 1) != 0) power = (power * roots_of_two[nth]) >> 30;
    }
    if (whole < -32) return 0;
    if (whole < 0) return (power << 2) >> -whole;
    return (power << 2) << std::min<std::int64_t>(whole, 30);
}

Duration draw(const Latency& latency, const Chance& chance)
{
    switch (latency.distribution) {
        case Distribution::fixed:
            return latency.of;
        case Distribution::uniform:
            return std::max(Duration::zero(),
                            chance.between(latency.of - latency.jitter, latency.of + latency.jitter));
        case Distribution::normal:
            return draw_normal(latency, chance);
        case Distribution::lognormal:
            return draw_lognormal(latency, chance);
        case Distribution::pareto:
            return draw_pareto(latency, chance);
    }
    return latency.of;
}

}  // namespace chaos::net::faults
