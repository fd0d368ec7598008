// The few rules by which outcomes become rests.
#include "router/memory/lessons.hpp"

namespace chaos::router {

using enum OutcomeClass;

bool is_about_the_key(OutcomeClass what)
{
    return what == rate_limit || what == quota || what == credential;
}

Charges charges_for(const Outcome& outcome, Charge charge)
{
    if (outcome.what == ok) return {charge, charge};
    if (is_about_the_key(outcome.what)) return {Charge::neutral, charge};
    return {charge, Charge::neutral};
}

void apply_rests(MemoryOfFailure& memory, Place place, const Outcome& outcome, net::Duration account_rest,
                 net::Instant now)
{
    const Scope scope = is_about_the_key(outcome.what) ? Scope::key : Scope::provider;
    const bool account = outcome.what == quota || outcome.what == credential || outcome.what == model_gone;
    if (account) memory.trip(place, scope, now + account_rest);
    const bool limits =
        outcome.what == rate_limit || outcome.what == quota || outcome.what == overloaded || outcome.what == transient;
    if (limits && outcome.retry.after) memory.rest(place, scope, now + *outcome.retry.after);
}

}  // namespace chaos::router
