// What faults and toxics do to the connections of a provider's link at a time, and what the link tells of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mock_providers/milestones.hpp"
#include "mock_providers/observer.hpp"
#include "mock_providers/spec.hpp"
#include "net/chance.hpp"
#include "net/faults/link.hpp"

namespace chaos::mock_providers {

/// In words, what a rule did: "812 bytes up held for up to 104ms".
std::string in_words(const net::faults::Rule& rule, const net::faults::Done& done);

/// True for the faults this is about: latency, bandwidth, slices, slow_close, limit_data, no_read, stale_keep_alive.
bool is_line_fault(const FaultSpec& fault);

/// Whatever is in force acts together, in file order, and on open connections, too.
class LineFaults {
public:
    /// `chance`: of the target, for the dice that pick connections and for what is drawn.
    LineFaults(net::faults::Link& link, std::string target, net::Chance chance, Observer& observer);

    /// Of these, its own. What a fault that stays has counted stays with it.
    void replace(const std::vector<SharedFault>& faults);
    const std::vector<SharedFault>& faults() const { return faults_; }
    /// In addition to the faults; they act at once.
    void set_toxics(std::vector<net::faults::SharedRule> toxics);
    /// From here on those whose window is open `at`; before clock zero, those without a window.
    void follow(std::optional<net::Duration> at, const Milestones* milestones);

private:
    void apply();
    void on_done(const net::faults::Rule& rule, const net::faults::Done& done);

    net::faults::Link& link_;
    std::string target_;
    net::Chance chance_;
    Observer& observer_;
    std::vector<SharedFault> faults_;
    std::vector<net::faults::SharedRule> rules_;  ///< beside faults_
    std::vector<net::faults::SharedRule> in_force_;
    std::vector<net::faults::SharedRule> toxics_;
};

}  // namespace chaos::mock_providers
