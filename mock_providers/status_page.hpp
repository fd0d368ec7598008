// A status page on a listener of its own: Statuspage's API v2, saying what its scenario scripted, true or not.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mock_providers/status_page_spec.hpp"
#include "net/runtime.hpp"

namespace chaos::mock_providers {

class StatusPage {
public:
    /// Listens at once (127.0.0.1, spec.port); throws std::system_error if the port cannot be had. `providers`: its
    /// components.
    StatusPage(net::Runtime& runtime, StatusPageSpec spec, std::vector<std::string> providers);
    ~StatusPage();

    net::Endpoint endpoint() const;
    /// Serves until stop(); returns when every session has ended.
    net::Task<void> serve();
    /// The timeline counts from here; before it all is well.
    void start_clock(net::Instant zero);
    void stop();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace chaos::mock_providers
