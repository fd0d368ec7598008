// The two kinds of gates: a provider's link, and a forwarder of its own.
#pragma once

#include <memory>

#include "harness/toxiproxy/proxies.hpp"
#include "mock_providers/provider.hpp"
#include "net/runtime.hpp"
#include "net/task_group.hpp"

namespace chaos::harness::toxiproxy {

/// Everything outlives the gate.
std::unique_ptr<Gate> provider_gate(mock_providers::Provider& provider);
/// What it opens runs as a task of `tasks`.
std::unique_ptr<Gate> forwarder_gate(net::Runtime& runtime, net::TaskGroup& tasks);

/// "127.0.0.1:2000", "db.internal:5432", "[::1]:80"; "localhost:0" and ":0" are on 127.0.0.1. Nothing if `text` is not
/// that.
std::optional<net::Endpoint> parse_address(std::string_view text);

}  // namespace chaos::harness::toxiproxy
