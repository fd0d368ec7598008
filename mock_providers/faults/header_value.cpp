// What a field may hold.
#include "mock_providers/faults/header_value.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace chaos::mock_providers::faults {

std::optional<std::string> read_header_value(config::MapReader& map, std::string_view key)
{
    constexpr std::size_t longest = 200;
    const auto text = map.text(key);
    if (!text) return std::nullopt;
    const bool printable = std::all_of(text->begin(), text->end(), [](char c) { return c >= ' ' && c <= '~'; });
    if (printable && !text->empty() && text->size() <= longest) return text;
    map.complaints().add(map.at(key), fmt::format("{}: expected the value of a header field: 1 to {} characters of "
                                                  "printable ASCII",
                                                  key, longest));
    return std::nullopt;
}

}  // namespace chaos::mock_providers::faults
