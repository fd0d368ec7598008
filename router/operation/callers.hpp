// Who may ask the router for what: bearer tokens of callers, and the models each may use.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "net/http/message.hpp"

namespace chaos::router {

struct Caller {
    std::string name;
    std::string token;                ///< secret: never written anywhere
    std::vector<std::string> models;  ///< empty: all there are

    bool may_use(std::string_view model) const
    {
        return models.empty() || std::find(models.begin(), models.end(), model) != models.end();
    }
};

/// The token of `Authorization: Bearer`, or else of `x-api-key`, as the vendors' SDKs send them; empty without one.
std::string_view presented_token(const net::http::Headers& headers);

/// The one whose token this is, or null. Takes as long for a wrong token as for a right one: every caller's is
/// compared, each to its end.
const Caller* find_caller(const std::vector<Caller>& callers, std::string_view token);

}  // namespace chaos::router
