// Looks after providers between requests: probes those that are out, and reads their status pages.
#pragma once

#include <functional>
#include <memory>

#include "net/condition.hpp"
#include "net/http/client.hpp"
#include "net/runtime.hpp"
#include "router/health/probe.hpp"
#include "router/observer.hpp"

namespace chaos::router {

/// What is looked after: one configuration.
struct Watched {
    std::shared_ptr<const void> lasting;  ///< keeps all of the following alive for a round
    const Policy& policy;
    const std::vector<Target>& targets;
    net::http::Client& client;
};

/// In rounds, as often as the configuration of the moment says. Every request has a deadline; a page that cannot be
/// read changes nothing, and what it said grows old.
class HealthWatch {
public:
    /// `look` gives the configuration of the moment; `changed` is told when somebody's health has.
    HealthWatch(net::Runtime& runtime, MemoryOfFailure& memory, Observer& observer, std::function<Watched()> look,
                std::function<void()> changed);

    /// Each runs until it is cancelled.
    net::Task<void> probe();
    net::Task<void> read_pages();
    /// Whoever waits for the next round looks at the configuration again.
    void configuration_changed();

private:
    bool is_mine(Chore chore, net::Duration every);
    net::Task<void> pause(net::Condition& condition, net::Duration every);
    net::Task<void> probe_round(Watched watched);
    net::Task<void> page_round(Watched watched);
    net::Task<void> probe_one(Watched watched, Probed probed);
    net::Task<void> read_page(Watched watched, std::size_t target);

    net::Runtime& runtime_;
    MemoryOfFailure& memory_;
    Observer& observer_;
    std::function<Watched()> look_;
    std::function<void()> changed_;
    net::Condition probes_due_;
    net::Condition pages_due_;
};

}  // namespace chaos::router
