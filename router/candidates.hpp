// The keys at the providers of a chain and what one request has learnt of them: who may be asked now, and who when.
#pragma once

#include <optional>
#include <vector>

#include "router/chain.hpp"
#include "router/outcome.hpp"
#include "router/request_facts.hpp"
#include "router/surface.hpp"

namespace chaos::router {

/// In the order of the chain, and within a provider in that of its keys. What all requests know is in the memory; here
/// is what only this one does.
class Candidates {
public:
    /// A key at a provider.
    struct Candidate {
        std::size_t link = 0;
        std::size_t key = 0;  ///< index into the provider's keys
        Place place;
        bool out = false;           ///< not to be asked again by this request
        bool asked = false;         ///< by this request
        bool invited = false;       ///< it was told when to come back: no retry of ours
        net::Instant not_before{};  ///< after a 429, or a backoff
    };

    /// `facts` and `memory` outlive it.
    Candidates(std::vector<RequestLink> chain, const RequestFacts& facts, MemoryOfFailure& memory);

    std::size_t size() const { return all_.size(); }
    Candidate& operator[](std::size_t i) { return all_[i]; }
    const Candidate& operator[](std::size_t i) const { return all_[i]; }
    const Link& link_of(std::size_t i) const { return *links_[all_[i].link].link; }
    bool empty() const { return all_.empty(); }
    bool several_providers() const { return links_.size() > 1; }

    Standing standing(std::size_t i, net::Instant now) const { return memory_.standing(all_[i].place, now); }
    /// May be asked, as far as this request is concerned: whether the memory lets it is another question.
    bool admissible(std::size_t i, net::Instant now) const;
    /// Shows `take` whoever may be asked now, but for the memory's leave, until it takes one: first those that were not
    /// asked yet, then those that only wanted to be left alone for a while. True if it took one.
    template <class Take>
    bool take_first(net::Instant now, Take take) const
    {
        for (const bool asked : {false, true}) {
            for (std::size_t i = 0; i < all_.size(); ++i) {
                if (all_[i].asked == asked && admissible(i, now) && take(i)) return true;
            }
        }
        return false;
    }
    /// All of them, whoever is due soonest first.
    std::vector<std::size_t> by_due(net::Instant now) const;
    /// When the next of those that are left may be asked; nothing if none is left.
    std::optional<net::Instant> earliest_hope(net::Instant now) const;
    /// Somebody is being probed by another request: its result may come long before the lease ends.
    bool probe_is_out(net::Instant now) const;
    /// The first that would be asked is resting, but no longer than `limit`: until then.
    std::optional<net::Instant> end_of_short_rest(net::Duration limit, net::Instant now) const;
    /// No other provider is there now, and none that only wants to be left alone for a while comes back by `deadline`.
    /// `beside`: is being asked already.
    bool is_last(std::size_t i, net::Instant now, net::Instant deadline,
                 std::optional<std::size_t> beside = std::nullopt) const;

    void note_failure(std::size_t i, const Outcome& outcome);
    /// Retries at this provider so far; counts one more.
    int& same_retries(std::size_t i) { return links_[all_[i].link].same_retries; }
    void leave_key(std::size_t i) { all_[i].out = true; }
    void leave_provider(std::size_t i);
    /// The conversation did not fit: only larger windows are left.
    void overflowed(std::size_t i);

    /// What the first provider of the chain came to; nothing if it was not asked.
    const net::Rare<Outcome>& first_outcome() const { return links_.front().last; }
    Skipped why_first_skipped(net::Instant now) const { return why_skipped(0, now); }
    std::vector<SkippedProvider> skipped(net::Instant now) const;
    /// Until somebody may be asked again, whoever this request has given up included.
    std::optional<net::Duration> remaining_wait(net::Instant now) const;

private:
    bool fits(std::size_t link) const;
    std::int64_t room_for_output(const Link& link) const;
    net::Instant due(std::size_t i, net::Instant now) const;
    Skipped why_skipped(std::size_t link, net::Instant now) const;

    std::vector<RequestLink> links_;
    std::vector<Candidate> all_;
    const RequestFacts& facts_;
    MemoryOfFailure& memory_;
    std::int64_t overflowed_ = 0;  ///< the largest declared window that was too small
};

}  // namespace chaos::router
