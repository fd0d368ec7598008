// What is asked of the list of queued calls: which of them, how many, and for how long to wait.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "net/time.hpp"

namespace chaos::router {

struct QueueQuery {
    std::string state;  ///< pending, done, dead; empty: any
    std::string tool;   ///< empty: any
    std::size_t limit = 1000;
    std::uint64_t before = std::numeric_limits<std::uint64_t>::max();  ///< number of a call: only older ones
    net::Duration wait{};
    std::string problem;  ///< if not empty: why it is refused
};

/// Of the target of a request: GET /queue?state=dead&tool=NAME&limit=100&before=ID, GET /queue/ID?wait=30s.
QueueQuery read_queue_query(std::string_view target);

/// "q17-..." is 17; 0: no id of a call.
std::uint64_t number_of_call(std::string_view id);

}  // namespace chaos::router
