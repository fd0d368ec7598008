// ShortText<N>: text of at most N bytes that is held in place: ids are in every record, and cost no memory of their
// own.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string_view>

namespace chaos::router {

template <std::size_t N>
class ShortText {
    static_assert(N < 256);

public:
    constexpr ShortText() = default;
    /// What is longer than N is cut.
    constexpr ShortText(std::string_view text)  // NOLINT: it is the same text
    {
        append(text);
    }
    constexpr ShortText(const char* text) : ShortText(std::string_view(text)) {}  // NOLINT: the same

    constexpr std::string_view view() const { return {bytes_.data(), size_}; }
    constexpr operator std::string_view() const { return view(); }  // NOLINT: the same
    constexpr bool empty() const { return size_ == 0; }

    /// As far as there is room.
    constexpr void append(std::string_view text)
    {
        const std::size_t more = std::min(text.size(), N - size_);
        std::copy_n(text.begin(), more, bytes_.begin() + size_);
        size_ = static_cast<std::uint8_t>(size_ + more);
    }
    /// All sixteen hexadecimal digits of `bits`, for which there is room.
    constexpr void append_hex(std::uint64_t bits)
    {
        constexpr std::size_t count = 16;
        static_assert(N >= count);
        if (N - size_ < count) return;
        append_eight_digits(static_cast<std::uint32_t>(bits >> 32));
        append_eight_digits(static_cast<std::uint32_t>(bits));
    }

    template <std::convertible_to<std::string_view> Text>
    friend constexpr bool operator==(const ShortText& a, const Text& b)
    {
        return a.view() == std::string_view(b);
    }
    friend std::ostream& operator<<(std::ostream& out, const ShortText& text) { return out << text.view(); }

private:
    /// All of them at once, each in a byte of a word, the first in the lowest.
    constexpr void append_eight_digits(std::uint32_t bits)
    {
        static_assert(std::endian::native == std::endian::little);
        std::uint64_t spread = std::uint64_t{bits >> 16} | std::uint64_t{bits & 0xffff} << 32;
        spread = (spread >> 8 & 0x0000'00ff'0000'00ff) | (spread & 0x0000'00ff'0000'00ff) << 16;
        spread = (spread >> 4 & 0x000f'000f'000f'000f) | (spread & 0x000f'000f'000f'000f) << 8;
        const std::uint64_t letters = (spread + 0x0606'0606'0606'0606) >> 4 & 0x0101'0101'0101'0101;
        const auto text =
            std::bit_cast<std::array<char, 8>>(spread + 0x3030'3030'3030'3030 + letters * ('a' - '0' - 10));
        std::copy(text.begin(), text.end(), bytes_.begin() + size_);
        size_ = static_cast<std::uint8_t>(size_ + text.size());
    }

    std::array<char, N> bytes_{};
    std::uint8_t size_ = 0;
};

/// The id of a caller's request: "req_" and sixteen hexadecimal digits. There is room for more, so that a longer text
/// never becomes one by being cut.
using RequestId = ShortText<23>;

}  // namespace chaos::router
