// What the router keeps of keyed requests, and how long.
#pragma once

#include <vector>

#include "config/reader.hpp"
#include "net/time.hpp"
#include "router/policy.hpp"

namespace chaos::router {

struct IdempotencyPolicy {
    net::Duration keep = std::chrono::hours(24);  ///< a result, by the wall clock
    std::size_t entries = 10'000;                 ///< results kept; the oldest goes first
    std::size_t bytes = 256 * 1024 * 1024;        ///< of all of them
    std::size_t entry_bytes = 4 * 1024 * 1024;    ///< of one answer; a longer one is passed on and not kept
    bool finish_alone = false;                    ///< a request whose last waiter has left goes on to its end
    net::Duration wait_for_store = std::chrono::seconds(2);  ///< then the answer goes out although it is not kept

    bool operator==(const IdempotencyPolicy&) const = default;
};

/// Reads `idempotency:` of a router configuration.
IdempotencyPolicy read_idempotency(const config::Node& node, config::Complaints& complaints);
/// Its keys.
std::vector<SettingDoc> idempotency_settings();

}  // namespace chaos::router
