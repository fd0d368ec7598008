// What a scenario says about its status page: plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/reader.hpp"
#include "net/time.hpp"

namespace chaos::mock_providers {

/// Statuspage's words for the whole page, from best to worst.
enum class Indicator { none, maintenance, minor, major, critical };

/// Statuspage's words for one component, from best to worst.
enum class ComponentStatus { operational, under_maintenance, degraded_performance, partial_outage, major_outage };

/// How the page itself fails, in place of saying anything.
enum class PageFailure {
    none,
    status,  ///< an HTTP error
    hang,    ///< no answer until the entry ends, or the client leaves
    reset,
};

/// What the page says, or how it fails, for a while. Times count from the first caller request.
struct StatusPageEntry {
    net::Duration from{};
    std::optional<net::Duration> until;
    Indicator indicator = Indicator::none;
    std::string component;  ///< a provider; empty: none
    ComponentStatus status = ComponentStatus::operational;
    std::string incident;  ///< its name; empty: no incident is told
    PageFailure failure = PageFailure::none;
    int code = 500;  ///< of PageFailure::status

    bool holds(net::Duration at) const { return at >= from && (!until || at < *until); }
    bool operator==(const StatusPageEntry&) const = default;
};

struct StatusPageSpec {
    std::string name = "Mock AI";
    std::uint16_t port = 0;  ///< 0: any free port
    net::Duration lag{};     ///< it says everything so much later than it happens
    std::vector<StatusPageEntry> timeline;
    config::Position at;
};

}  // namespace chaos::mock_providers
