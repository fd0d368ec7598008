// Independent jobs on several threads: one world per thread, nothing shared.
#pragma once

#include <cstddef>
#include <functional>

namespace chaos::net {

/// Calls job(0) ... job(count - 1), each once, on at most `threads` threads; returns when all are done and rethrows the
/// first exception one of them let escape. With one thread everything runs on the caller's own, in order.
void run_in_parallel(std::size_t threads, std::size_t count, const std::function<void(std::size_t nth)>& job);

/// How many threads this machine runs at once; at least 1.
std::size_t processors();

}  // namespace chaos::net
