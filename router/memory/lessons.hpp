// What an outcome teaches the memory of failure: whose trouble it is, and for how long somebody is left alone.
#pragma once

#include "router/memory/memory_of_failure.hpp"
#include "router/outcome.hpp"

namespace chaos::router {

/// What was refused because of the key says nothing about the provider, and the other way round.
bool is_about_the_key(OutcomeClass what);

/// `charge`, to whom it belongs.
Charges charges_for(const Outcome& outcome, Charge charge);

/// A refused key and an exhausted account rest for `account_rest`, as does a provider without the model; whoever asks
/// to be left alone is, at least as long as asked.
void apply_rests(MemoryOfFailure& memory, Place place, const Outcome& outcome, net::Duration account_rest,
                 net::Instant now);

}  // namespace chaos::router
