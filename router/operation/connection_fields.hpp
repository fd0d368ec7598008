// What a caller may not say in a body: with whose key, and where to ask. Some gateways behind the router would obey.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace chaos::router {

/// Whether a member of that name, read without its escapes, is one.
bool is_connection_field(std::string_view name);

/// `body` without such members of its outermost object, every other byte kept; nothing if there are none, or if it is
/// no JSON object.
std::optional<std::string> without_connection_fields(std::string_view body);

}  // namespace chaos::router
