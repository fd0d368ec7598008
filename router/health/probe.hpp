// Health probes: whom to ask, with what, and what the answer is worth.
#pragma once

#include <vector>

#include "net/http/message.hpp"
#include "router/memory/memory_of_failure.hpp"
#include "router/outcome.hpp"

namespace chaos::router {

/// A key at a provider, as the prober knows it.
struct Probed {
    std::size_t target = 0;  ///< index into the router's targets
    std::size_t key = 0;     ///< and of its key
    Place place;
};

/// Every key of every target.
std::vector<Probed> all_probed(const Policy& policy, const std::vector<Target>& targets, MemoryOfFailure& memory);

/// `resting`: those that are open, or were told to stay away and may be asked again. Nobody during a rest that was
/// asked for, and nobody whom somebody else is probing.
bool wants_probe(ProbePolicy::When when, const Standing& standing, net::Instant now);

/// A request for the list of models, or for a completion of one token.
net::http::Request probe_request(const Target& target, std::size_t key, ProbePolicy::How how);

/// What came back: a success status is a good sign whatever the body says, and a list of models that is not to be had
/// says nothing.
Outcome read_probe(const net::http::Response& response, ProbePolicy::How how);

/// What a probe's result is worth. A success while nothing is wrong clears no count of failures: a list of models does
/// not prove that completions work.
Charges worth_of_probe(const Permit& permit, const Outcome& outcome);

}  // namespace chaos::router
