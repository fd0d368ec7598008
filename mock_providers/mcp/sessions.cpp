// A table of bounded size.
#include "mock_providers/mcp/sessions.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace chaos::mock_providers::mcp {

std::string Sessions::open(std::string version)
{
    make_room();
    const net::Chance own = chance_.about("mcp session").about(++opened_);
    const std::string id = fmt::format("mcp-{}-{:016x}", opened_, own.bits());
    sessions_[id] = {std::move(version), ++uses_};
    return id;
}

const Session* Sessions::find(std::string_view id)
{
    const auto known = sessions_.find(id);
    if (known == sessions_.end()) {
        return nullptr;
    }
    known->second.last_use = ++uses_;
    return &known->second;
}

void Sessions::forget(std::string_view id)
{
    const auto known = sessions_.find(id);
    if (known != sessions_.end()) {
        sessions_.erase(known);
    }
}

void Sessions::make_room()
{
    while (!sessions_.empty() && sessions_.size() >= most_) {
        sessions_.erase(std::min_element(sessions_.begin(), sessions_.end(), [](const auto& a, const auto& b) {
            return a.second.last_use < b.second.last_use;
        }));
    }
}

}  // namespace chaos::mock_providers::mcp
