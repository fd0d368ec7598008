// Where the vendors' clients put their keys.
#include "mock_providers/limits/callers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "net/chance.hpp"

namespace chaos::mock_providers {

namespace {

constexpr std::array headers = {"authorization", "x-api-key", "x-goog-api-key", "api-key"};

/// The value of `key` in a target's query: "?alt=sse&key=abc".
std::string_view key_in_query(std::string_view target)
{
    std::string_view query = target.substr(std::min(target.find('?'), target.size()));
    while (!query.empty()) {
        query.remove_prefix(1);
        const std::string_view field = query.substr(0, query.find('&'));
        if (field.starts_with("key=")) {
            return field.substr(4);
        }
        query.remove_prefix(field.size());
    }
    return "";
}

std::string_view credentials_of(const net::http::RequestHead& head)
{
    for (const char* header : headers) {
        if (const auto value = head.headers.find(header); value && !value->empty()) {
            return *value;
        }
    }
    return key_in_query(head.target);
}

}  // namespace

std::string Callers::name_of(const net::http::RequestHead& head)
{
    const std::string_view credentials = credentials_of(head);
    if (credentials.empty()) {
        return "";
    }
    const std::uint64_t hash = net::stable_hash(credentials);
    if (ordinals_.size() >= most_keys && !ordinals_.contains(hash)) {
        return "further keys";
    }
    const auto [place, fresh] = ordinals_.try_emplace(hash, ordinals_.size() + 1);
    return fmt::format("key {}", place->second);
}

}  // namespace chaos::mock_providers
