// The mocks of a plan, listening: its providers and its tools; what a run and `chaos serve` have in common.
#pragma once

#include <memory>
#include <vector>

#include "harness/plan.hpp"
#include "mock_providers/provider.hpp"
#include "mock_providers/status_page.hpp"
#include "mock_providers/tool_server.hpp"
#include "net/task_group.hpp"

namespace chaos::harness {

class Mocks {
public:
    /// Everything listens when this returns. Throws std::system_error if a port cannot be had. The plan outlives it.
    Mocks(const Plan& plan, net::Runtime& runtime, mock_providers::Observer& observer);

    const std::vector<std::unique_ptr<mock_providers::Provider>>& providers() const { return providers_; }
    net::Endpoint tools() const { return tools_.endpoint(); }
    /// Whom clients must trust to reach the providers with `tls: true`; null if there are none. Each object has its own.
    const net::tls::Authority* authority() const { return authority_.get(); }
    /// Null if the scenario has none.
    const mock_providers::StatusPage* status_page() const { return status_page_.get(); }

    /// Each server becomes a task of the group, until stop().
    void serve_in(net::TaskGroup& servers);
    /// From here on windows are counted.
    void start_clock(net::Instant zero);
    /// Before serving: the faults may become others.
    void expect_other_faults();
    /// Each server from here on has those that are its own, and no others.
    void replace_faults(const std::vector<mock_providers::SharedFault>& faults);
    /// As if nothing had happened yet: counts from one, windows from `zero`, no effect remembered.
    void begin_anew(net::Instant zero);
    void stop();

private:
    std::shared_ptr<const net::tls::Authority> authority_;
    mock_providers::Witness witness_;
    mock_providers::ToolServer tools_;
    std::unique_ptr<mock_providers::StatusPage> status_page_;
    std::vector<std::unique_ptr<mock_providers::Provider>> providers_;
};

}  // namespace chaos::harness
