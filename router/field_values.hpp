// The values of several header fields, found in one pass over them.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "net/http/headers.hpp"

namespace chaos::router {

/// The first value of each name, in the order of `names`.
template <std::size_t N>
std::array<std::optional<std::string_view>, N> field_values(const net::http::Headers& fields,
                                                            const std::string_view (&names)[N])
{
    std::array<std::optional<std::string_view>, N> values;
    for (const net::http::Header field : fields) {
        for (std::size_t i = 0; i < N; ++i) {
            const bool is_it = field.name.size() == names[i].size() && net::http::same_name(field.name, names[i]);
            if (is_it && !values[i]) values[i] = field.value;
        }
    }
    return values;
}

}  // namespace chaos::router
