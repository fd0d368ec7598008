// Who may ask the router for what: bearer tokens of callers, the models each may use, and how often.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/http/message.hpp"
#include "router/operation/rate_meter.hpp"

namespace chaos::router {

struct Caller {
    std::string name;
    std::string token;                                                 ///< secret: never written anywhere
    std::vector<std::string> models;                                   ///< empty: all there are
    int requests_per_minute = 0;                                       ///< to models; 0: as many as it likes
    std::shared_ptr<RateMeter> meter = std::make_shared<RateMeter>();  ///< of the same caller in every loop and reload

    bool may_use(std::string_view model) const
    {
        return models.empty() || std::find(models.begin(), models.end(), model) != models.end();
    }
};

/// What callers have used up stays used up, for those who keep their names and may ask as often as before.
void keep_meters(std::vector<Caller>& callers, const std::vector<Caller>& before);

/// The token of `Authorization: Bearer`, or else of `x-api-key`, as the vendors' SDKs send them; empty without one.
std::string_view presented_token(const net::http::Headers& headers);

/// The one whose token this is, or null. Takes as long for a wrong token as for a right one: every caller's is
/// compared, each to its end.
const Caller* find_caller(const std::vector<Caller>& callers, std::string_view token);

}  // namespace chaos::router
