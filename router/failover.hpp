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
/// Like Try, with the conversation mended: one more user message at its end, which the caller never sees, or less in
/// it.
struct Repair {
    std::size_t target = 0;
    std::size_t key = 0;
    bool last = false;
    std::string_view nudge;        ///< empty: none
    bool strip_reasoning = false;  ///< without what some vendor sealed in the conversation
};
/// Nothing: the other attempt that is under way goes on alone.
struct Yield {
    std::size_t to = 0;  ///< the other's target
};
/// The attempt's answer is the caller's answer.
struct Reply {};
struct GiveUp {
    SurfacedError error;
};
}  // namespace step
using Step = std::variant<step::Try, step::Wait, step::Repair, step::Yield, step::Reply, step::GiveUp>;

/// What the machine says to a model that answered nothing.
extern const std::string_view empty_turn_nudge;

/// One object a request. Holds no I/O and no clock; the memory is shared with the other requests of the router. A
/// permit that is out when it is destroyed goes back as neutral.
///
/// One attempt is under way at a time; or, after hedge(), two: one leads, as the first does at first, and the other is
/// its rival. An error of either is its own affair: the other goes on, and only what that comes to decides.
class Failover {
public:
    /// `policy`, `model`, `memory` and `facts` outlive it. `chance` is about this request. The chain is not empty.
    Failover(const Policy& policy, std::string_view model, RequestChain chain, MemoryOfFailure& memory,
             const RequestFacts& facts, net::Chance chance, net::Instant now);
    ~Failover();
    Failover(const Failover&) = delete;
    Failover& operator=(const Failover&) = delete;

    Step start(net::Instant now);
    Step on_outcome(const Outcome& outcome, net::Instant now);
    Step on_wake(net::Instant now);
    /// The attempt failed after content went to the caller: no other provider may go on.
    step::GiveUp on_broken(const Outcome& outcome, net::Instant now);
    /// The same where another provider may go on with the text; the error is still that of the break.
    Step on_cut(const Outcome& outcome, net::Instant now);

    /// This request may have a hedge, if a provider is slow enough.
    bool may_hedge() const;
    /// When the attempt under way has been silent for long enough; nothing if silence leads to nothing (any more).
    std::optional<net::Instant> hedge_due() const;
    /// Somebody to ask beside the attempt under way, which has given nothing yet: its rival from here on.
    std::optional<step::Try> hedge(net::Instant now);
    /// The rival had something valid to give first: it leads from here on, and the one that did is its rival.
    void rival_leads();
    /// Of the rival; of one that lost the race, too.
    Step on_rival_outcome(const Outcome& outcome, net::Instant now);

    net::Instant deadline() const { return deadline_; }
    /// The provider and the key of the attempt under way; of two, the one that leads.
    Place place() const { return candidates_[leading_.candidate].place; }
    const Link& link() const { return candidates_.link_of(leading_.candidate); }
    /// Of its rival, while there is one.
    Place rival_place() const { return candidates_[rival_->candidate].place; }
    const Link& rival_link() const { return candidates_.link_of(rival_->candidate); }
    /// Requests sent on behalf of the caller; a dead pooled connection is none.
    int attempts() const { return attempts_; }
    /// Why the first provider of the chain is not the one in use; empty if it is.
    std::string degraded_reason() const;

private:
    /// An attempt that has not come to anything yet, or else the last one.
    struct UnderWay {
        std::size_t candidate = 0;
        std::optional<Permit> permit;
        net::Instant started{};
        bool fresh = false;           ///< it is (again) on a connection of its own
        bool hedge_of_first = false;  ///< it was begun since the first of the chain was silent
    };

    void remember(std::size_t index, const Outcome& outcome);
    void settle(UnderWay& attempt, const Outcome& outcome, net::Instant now);
    void give_back(UnderWay& attempt);
    Charge charge(const UnderWay& attempt, const Outcome& outcome) const;
    Step repair(const Outcome& outcome, std::string_view nudge, net::Instant now);

    Step after_failure(const Outcome& outcome, net::Instant now);
    Step after_limit(const Outcome& outcome, net::Instant now);
    Step after_transient(const Outcome& outcome, net::Instant now);
    void set_aside(std::size_t index, const Outcome& outcome, net::Instant now);
    net::Duration rest_after_limit(std::size_t index, const Outcome& outcome, net::Instant now);
    std::optional<net::Duration> pause_before_retry(std::size_t index, const Outcome& outcome, net::Instant now);
    void come_back_after(std::size_t index, net::Duration pause, net::Instant now);
    Step next(net::Instant now);
    std::optional<step::Try> try_to_ask(std::size_t index, Entry entry, net::Instant now);
    std::optional<Permit> leave_for(std::size_t index, Entry entry, net::Instant now);
    std::optional<Permit> leave_to_hedge(std::size_t index, net::Instant now);
    step::Try hedge_with(std::size_t index, Permit permit, net::Instant now);
    step::Try attempt(std::size_t index, Permit permit, net::Instant now);
    bool is_last(std::size_t index, net::Instant now) const;
    step::GiveUp give_up(net::Instant now) const;
    net::Duration backoff(int retry) const;
    step::Wait spread(net::Instant until) const;
    bool must_not_repeat(const Outcome& outcome) const;

    const Policy& policy_;
    std::string_view model_;
    std::string_view displaced_;  ///< see RequestChain
    MemoryOfFailure& memory_;
    Candidates candidates_;
    const RequestFacts& facts_;
    net::Chance chance_;
    net::Instant deadline_;
    net::Instant last_seen_{};
    int attempts_ = 0;
    bool nudged_ = false;
    bool stripped_ = false;
    bool not_repeatable_ = false;
    bool hedged_ = false;
    UnderWay leading_;
    std::optional<UnderWay> rival_;
    std::optional<Outcome> fault_of_request_;       ///< what one of two said that would be true of it anywhere
    Skipped skipped_first_ = Skipped::not_reached;  ///< why the first of the chain was not asked before the one in use
    std::optional<std::size_t> retrying_;           ///< waiting to try this one again
    std::vector<FailedAttempt> failed_;
};

}  // namespace chaos::router
