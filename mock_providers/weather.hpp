// The weather of a provider's link: what connects and connections meet in the windows of its faults, opened and closed
// in time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mock_providers/line_faults.hpp"
#include "mock_providers/milestones.hpp"
#include "mock_providers/observer.hpp"
#include "mock_providers/spec.hpp"
#include "net/condition.hpp"
#include "net/faults/link.hpp"
#include "net/runtime.hpp"

namespace chaos::mock_providers {

/// True for the faults that decide what connects meet: dns_failure, refuse, and blackhole at connect.
bool is_weather(const FaultSpec& fault);
/// True for dns_failure.
bool is_of_names(const FaultSpec& fault);

/// Where windows overlap, the first fault in file order decides what connects meet; line faults act together.
class Weather {
public:
    Weather(net::Runtime& runtime, net::faults::Link& link, net::Listener& listener, std::string target,
            std::vector<FaultSpec> faults, net::Chance chance, Observer& observer);

    /// Follows the windows until the task is cancelled.
    net::Task<void> run();
    /// From here on these; a fault that rules and stays goes on as it was.
    void replace(std::vector<SharedFault> faults);
    void start_clock(net::Instant zero);
    /// Down: connects are refused whatever the faults say, and open connections have ended.
    void set_down(bool down);
    /// In addition to line faults, at once.
    void set_toxics(std::vector<net::faults::SharedRule> toxics) { line_.set_toxics(std::move(toxics)); }
    /// The name by which the subject reaches the provider, if a fault needs one; or why it can have none.
    void set_name(net::HostName& name);
    void skip_names(std::string why);
    /// What faults with `after:` wait for; outlives this. reached_one(): there is another milestone.
    void follow(const Milestones& milestones) { milestones_ = &milestones; }
    void reached_one();
    /// False if the sky is always clear: then streams need no link.
    bool any() const { return !faults_.empty() || !line_.faults().empty(); }

private:
    std::optional<net::Duration> since_zero() const;
    /// When the next window opens or closes; nothing if none does any more.
    std::optional<net::Duration> next_change(net::Duration after) const;
    /// The fault that decides at `at`; null: fair weather.
    SharedFault ruling(net::Duration at) const;
    net::Task<void> wait_until(net::Instant at);
    net::Task<void> change_to(SharedFault fault);
    net::Task<std::string> probe(const FaultSpec& fault);
    void apply(const SharedFault& fault);
    net::Error set(const FaultSpec* fault);
    void set_answer(net::NameAnswer answer);
    void on_contact();
    void skip_what_cannot_be();

    net::Runtime& runtime_;
    net::faults::Link& link_;
    net::Listener& listener_;
    std::string target_;
    std::vector<SharedFault> faults_;
    LineFaults line_;
    Observer& observer_;
    net::HostName* name_ = nullptr;
    std::string no_name_;
    net::Condition changed_;  ///< the clock was started, or the faults are others
    std::optional<net::Instant> zero_;
    const Milestones* milestones_ = nullptr;
    SharedFault down_;     ///< rules over all others
    SharedFault begins_;   ///< in force since the clock was started, and not told yet
    SharedFault applied_;  ///< what the link obeys
    net::Error applying_;  ///< if it could not be made to
    SharedFault now_;      ///< what was told
};

}  // namespace chaos::mock_providers
