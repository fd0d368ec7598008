// How the router is operated: where it listens, who may ask, how it ends, what it tells; read from its configuration.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "net/http/limits.hpp"
#include "net/network.hpp"
#include "net/time.hpp"
#include "net/tls/context.hpp"
#include "router/idempotency/policy.hpp"
#include "router/operation/callers.hpp"
#include "router/operation/telemetry.hpp"
#include "router/policy.hpp"
#include "router/tools/dependencies.hpp"

namespace chaos::router {

struct Operation {
    std::vector<Caller> callers;  ///< empty: no token is needed
    bool open_to_all = false;     ///< without callers, also beyond this machine
    net::tls::Context tls;        ///< what callers are shown; null: plain HTTP
    int workers = 0;              ///< event loops; 0: one for each core
    net::http::Limits limits;
    net::Duration drain_pause{};                              ///< before the listener closes
    net::Duration drain_deadline = std::chrono::seconds(30);  ///< for requests under way
    net::Endpoint admin{"127.0.0.1", 0};
    bool admin_wanted = false;
    std::string log = "stderr";
    LogLevel log_level = LogLevel::info;
    int explanations = 1000;  ///< requests kept for explanation
    std::string store;        ///< the file of what must survive a crash; empty: nothing does
    IdempotencyPolicy idempotency;
    Dependencies dependencies;  ///< the tools behind the router
};

/// Reads its keys from the top of a configuration file. `listen`: where it will listen; `models`: those there are.
Operation read_operation(config::MapReader& reader, const net::Endpoint& listen, const std::vector<std::string>& models,
                         const KeySources& sources);

/// True for an address that only this machine reaches.
bool is_loopback(const std::string& host);

/// "127.0.0.1:8080", or ":8080" and "8080" for loopback.
std::optional<net::Endpoint> read_endpoint(std::string_view text);

std::vector<SettingDoc> operation_settings();
std::vector<SettingDoc> caller_settings();

}  // namespace chaos::router
