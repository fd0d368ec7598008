// The weather of a provider's link: the windows in which connects are refused or never answered, opened and closed in
// time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mock_providers/observer.hpp"
#include "mock_providers/spec.hpp"
#include "net/condition.hpp"
#include "net/faults/link.hpp"
#include "net/runtime.hpp"

namespace chaos::mock_providers {

/// True for the faults this is about: refuse, and blackhole at connect.
bool is_weather(const FaultSpec& fault);

/// Where windows overlap, the first fault in file order decides what connects meet.
class Weather {
public:
    Weather(net::Runtime& runtime, net::faults::Link& link, net::Listener& listener, std::string target,
            std::vector<FaultSpec> faults, Observer& observer);

    /// Follows the windows until the last has closed or the task is cancelled.
    net::Task<void> run();
    void start_clock(net::Instant zero);
    /// False if the sky is always clear: then streams need no link.
    bool any() const { return !faults_.empty(); }

private:
    std::vector<net::Duration> changes() const;
    /// The fault that decides at `at`; null: fair weather.
    const FaultSpec* ruling(net::Duration at) const;
    net::Task<void> change_to(const FaultSpec* fault);
    net::Error set(const FaultSpec* fault);
    void on_contact();

    net::Runtime& runtime_;
    net::faults::Link& link_;
    net::Listener& listener_;
    std::string target_;
    std::vector<FaultSpec> faults_;
    Observer& observer_;
    net::Condition started_;
    std::optional<net::Instant> zero_;
    const FaultSpec* now_ = nullptr;
};

}  // namespace chaos::mock_providers
