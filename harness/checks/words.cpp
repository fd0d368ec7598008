// Spells counts, times and lists for the results of checks.
#include "harness/checks/words.hpp"

#include <fmt/format.h>

#include <chrono>

namespace chaos::harness {

std::string counted(std::uint64_t count, std::string_view one)
{
    if (count == 1) return fmt::format("1 {}", one);
    if (one.ends_with('y')) return fmt::format("{} {}ies", count, one.substr(0, one.size() - 1));
    return fmt::format("{} {}s", count, one);
}

std::string rounded(net::Duration duration)
{
    using std::chrono::microseconds;
    using std::chrono::milliseconds;
    if (duration >= milliseconds(100)) return net::to_string(std::chrono::round<milliseconds>(duration));
    return net::to_string(std::chrono::round<microseconds>(duration));
}

std::string rounded_against(net::Duration duration, net::Duration limit)
{
    const std::string text = rounded(duration);
    return duration > limit && text == rounded(limit) ? net::to_string(duration) : text;
}

std::string percent(std::uint64_t parts_per_million)
{
    std::string text = fmt::format("{}.{:04}", parts_per_million / 10'000, parts_per_million % 10'000);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text + '%';
}

std::string listed(const std::vector<std::string>& names, std::size_t most)
{
    const std::size_t shown = names.size() <= most ? names.size() : most - 1;
    std::string text;
    for (std::size_t i = 0; i < shown; ++i) {
        if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
        text += names[i];
    }
    if (shown < names.size()) text += fmt::format(" and {} more", names.size() - shown);
    return text;
}

std::string quoted(std::string_view text, std::size_t most)
{
    std::string out = "\"";
    std::size_t end = text.size();
    if (end > most) {
        end = most;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    }
    for (const char c : text.substr(0, end)) out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    out += end < text.size() ? "…\"" : "\"";
    return out;
}

}  // namespace chaos::harness
