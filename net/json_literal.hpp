// JSON string literals: which bytes stand for themselves.
#pragma once

#include <cstddef>
#include <string_view>

namespace chaos::net {

/// How many bytes at the front of `text` stand for themselves in a string literal: ASCII but quote, backslash and
/// controls. Looks at eight at a time.
std::size_t plain_prefix(std::string_view text);

}  // namespace chaos::net
