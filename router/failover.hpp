// The failover machine of one caller request: what happened and the time go in, what to do next comes out.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "net/chance.hpp"
#include "router/candidates.hpp"
#include "router/policy.hpp"
#include "router/request_facts.hpp"
#include "router/surface.hpp"

namespace chaos::router {

namespace step {
/// Send the request to this provider, then call on_outcome().
struct Try {
    std::size_t target = 0;
    std::size_t key = 0;  ///< index into the target's keys
    bool fresh_connection = false;
    bool last = false;  ///< nobody comes after it: its first token may take all the time that is left
};
/// Wait, then call on_wake(); also when the health of any provider has changed meanwhile.
struct Wait {
    net::Instant until;
};
/// Like Try, with one more user message at the end of the conversation, which the caller never sees.
struct Repair {
    std::size_t target = 0;
    std::size_t key = 0;
    bool last = false;
    std::string_view nudge;
};
/// The attempt's answer is the caller's answer.
struct Reply {};
struct GiveUp {
    SurfacedError error;
};
}  // namespace step
using Step = std::variant<step::Try, step::Wait, step::Repair, step::Reply, step::GiveUp>;

/// What the machine says to a model that answered nothing.
extern const std::string_view empty_turn_nudge;

/// One object a request. Holds no I/O and no clock; the memory is shared with the other requests of the router. A
/// permit that is out when it is destroyed goes back as neutral.
class Failover {
public:
    /// `policy`, `memory` and `facts` outlive it. `chance` is about this request. The chain is not empty.
    Failover(const Policy& policy, std::string model, RequestChain chain, MemoryOfFailure& memory,
             const RequestFacts& facts, net::Chance chance, net::Instant now);
    ~Failover();
    Failover(const Failover&) = delete;
    Failover& operator=(const Failover&) = delete;

    Step start(net::Instant now);
    Step on_outcome(const Outcome& outcome, net::Instant now);
    Step on_wake(net::Instant now);
    /// The attempt failed after content went to the caller: no other provider may go on.
    step::GiveUp on_broken(const Outcome& outcome, net::Instant now);

    net::Instant deadline() const { return deadline_; }
    /// The provider and the key of the attempt under way.
    Place place() const { return candidates_[current_].place; }
    const Link& link() const { return candidates_.link_of(current_); }
    /// Requests sent on behalf of the caller; a dead pooled connection is none.
    int attempts() const { return attempts_; }
    /// Why the first provider of the chain is not the one in use; empty if it is.
    std::string degraded_reason() const;

private:
    void remember(const Outcome& outcome);
    void settle(const Outcome& outcome, net::Instant now);
    Charge charge(const Outcome& outcome) const;

    Step after_failure(const Outcome& outcome, net::Instant now);
    Step after_limit(const Outcome& outcome, net::Instant now);
    Step after_transient(const Outcome& outcome, net::Instant now);
    Step next(net::Instant now);
    std::optional<Step> try_first_of(const std::vector<std::size_t>& order, Entry entry, net::Instant now);
    std::optional<Permit> leave_for(std::size_t index, Entry entry, net::Instant now);
    Step attempt(std::size_t index, Permit permit, net::Instant now);
    bool is_last(std::size_t index, net::Instant now) const;
    step::GiveUp give_up(net::Instant now) const;
    net::Duration backoff(int retry) const;
    step::Wait spread(net::Instant until) const;
    bool must_not_repeat(const Outcome& outcome) const;

    const Policy& policy_;
    std::string model_;
    std::string displaced_;  ///< see RequestChain
    MemoryOfFailure& memory_;
    Candidates candidates_;
    const RequestFacts& facts_;
    net::Chance chance_;
    net::Instant deadline_;
    net::Instant attempt_started_{};
    net::Instant last_seen_{};
    int attempts_ = 0;
    bool nudged_ = false;
    bool not_repeatable_ = false;
    bool fresh_ = false;  ///< this attempt is (again) on a connection of its own
    std::size_t current_ = 0;
    Skipped skipped_first_ = Skipped::not_reached;  ///< why the first of the chain was not asked before the one in use
    std::optional<Permit> permit_;
    std::optional<std::size_t> retrying_;  ///< waiting to try this one again
    std::vector<FailedAttempt> failed_;
};

}  // namespace chaos::router
