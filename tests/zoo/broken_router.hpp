// Deliberately broken routers: small forwarders, each with one bug that real routers have shipped.
#pragma once

#include "harness/subject.hpp"

namespace chaos::zoo {

/// The bug a forwarder has; it behaves well in every other way, and without faults no caller can tell.
enum class Bug {
    resends_delivered_call,  ///< a stream that breaks after a tool call was delivered goes on at the next provider
    forgets_oldest_turns,    ///< the next provider is sent the task and the last exchange only
    waits_for_ever,          ///< no timeout on anything
    ignores_retry_after,     ///< no memory of who said how long to stay away
    retries_without_end,     ///< whatever the error, the same provider is asked again and again
    stops_at_refused_key,    ///< a key that is not accepted ends the chain
    remembers_nothing,       ///< every request finds out anew that a provider is dark
};

harness::SubjectKind broken_router(Bug bug);
/// The good router first, then one of each bug.
std::vector<harness::SubjectKind> all_subjects();

}  // namespace chaos::zoo
