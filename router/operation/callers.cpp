// Comparing tokens, and names.
#include "router/operation/callers.hpp"

namespace chaos::router {
namespace {

/// Its time depends on the length of what was presented alone.
bool is_same_token(std::string_view presented, std::string_view token)
{
    if (token.empty()) return false;
    volatile unsigned differences = presented.size() == token.size() ? 0 : 1;
    for (std::size_t i = 0; i < presented.size(); ++i) {
        const auto bits =
            static_cast<unsigned char>(presented[i]) ^ static_cast<unsigned char>(token[i % token.size()]);
        differences = differences | static_cast<unsigned>(bits);
    }
    return differences == 0;
}

}  // namespace

void keep_meters(std::vector<Caller>& callers, const std::vector<Caller>& before)
{
    for (Caller& caller : callers) {
        const auto same = std::find_if(before.begin(), before.end(), [&](const Caller& one) {
            return one.name == caller.name && one.requests_per_minute == caller.requests_per_minute;
        });
        if (same != before.end()) caller.meter = same->meter;
    }
}

std::string_view presented_token(const net::http::Headers& headers)
{
    constexpr std::string_view scheme = "bearer ";
    const std::string_view authorization = headers.find("authorization").value_or("");
    if (authorization.size() > scheme.size() && net::http::same_name(authorization.substr(0, scheme.size()), scheme)) {
        const std::string_view token = authorization.substr(scheme.size());
        return token.substr(std::min(token.size(), token.find_first_not_of(' ')));
    }
    return headers.find("x-api-key").value_or("");
}

const Caller* find_caller(const std::vector<Caller>& callers, std::string_view token)
{
    const Caller* found = nullptr;
    for (const Caller& caller : callers) {
        const bool same = is_same_token(token, caller.token);
        if (same) found = &caller;
    }
    return found;
}

}  // namespace chaos::router
