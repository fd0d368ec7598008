// What faults and toxics do to the connections of a provider's link at a time, and what the link tells of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mock_providers/observer.hpp"
#include "mock_providers/spec.hpp"
#include "net/chance.hpp"
#include "net/faults/link.hpp"

namespace chaos::mock_providers {

/// In words, what a rule did: "812 bytes up were held for up to 104ms".
std::string in_words(const net::faults::Rule& rule, const net::faults::Done& done);

class LineFaults {
public:
    LineFaults(net::faults::Link& link, std::string target, Observer& observer);

    /// In addition to whatever a scenario says; they act at once.
    void set_toxics(std::vector<net::faults::SharedRule> toxics);

private:
    void on_done(const net::faults::Rule& rule, const net::faults::Done& done);

    net::faults::Link& link_;
    std::string target_;
    Observer& observer_;
    std::vector<net::faults::SharedRule> toxics_;
};

}  // namespace chaos::mock_providers
