// When a fault is in force: its window, and the turns in which it comes and goes. Pure; times count from the fault's own
// zero, which is the run's unless it waits for something with `after:`.
#pragma once

#include <cstdint>
#include <optional>

#include "mock_providers/spec.hpp"
#include "net/time.hpp"

namespace chaos::mock_providers {

/// Whether anything about `when` depends on the time.
bool has_window(const Selector& when);

bool is_open(const Selector& when, net::Duration at);
/// The first moment after `after` at which it may open or close; nothing: it stays as it is.
std::optional<net::Duration> next_change(const Selector& when, net::Duration after);
/// When the opening that `at` lies in ends; nothing: never.
std::optional<net::Duration> closes(const Selector& when, net::Duration at);

/// Parts per million, for a fault that has a chance: less than all of it while it grows.
std::uint32_t chance_at(const Selector& when, net::Duration at);

}  // namespace chaos::mock_providers
