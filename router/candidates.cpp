// Questions about the candidates, one per function.
#include "router/candidates.hpp"

#include <algorithm>

namespace chaos::router {

Candidates::Candidates(std::vector<RequestLink> chain, const RequestFacts& facts, MemoryOfFailure& memory)
    : links_(std::move(chain)), facts_(facts), memory_(memory)
{
    all_.reserve(links_.size());
    for (std::size_t link = 0; link < links_.size(); ++link) {
        const std::vector<Place>& keys = links_[link].link->keys;
        for (std::size_t key = 0; key < keys.size(); ++key) {
            Candidate& candidate = all_.emplace_back();
            candidate.link = link;
            candidate.key = key;
            candidate.place = keys[key];
        }
    }
}

bool Candidates::fits(std::size_t link) const
{
    if (!links_[link].lacks.empty()) return false;
    const std::optional<std::int64_t>& window = links_[link].link->context_window;
    if (!window) return true;
    if (*window <= overflowed_) return false;
    return facts_.estimated_tokens + room_for_output(*links_[link].link) <= *window;
}

/// Where the caller sets no limit, the answer may take what the provider's model can give.
std::int64_t Candidates::room_for_output(const Link& link) const
{
    if (facts_.max_output == 0) return link.max_output.value_or(0);
    return std::min(facts_.max_output, link.max_output.value_or(facts_.max_output));
}

bool Candidates::admissible(std::size_t i, net::Instant now) const
{
    return !all_[i].out && now >= all_[i].not_before && fits(all_[i].link);
}

net::Instant Candidates::due(std::size_t i, net::Instant now) const
{
    return std::max(all_[i].not_before, standing(i, now).due);
}

std::vector<std::size_t> Candidates::by_due(net::Instant now) const
{
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < all_.size(); ++i) {
        if (admissible(i, now)) order.push_back(i);
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return standing(a, now).due < standing(b, now).due; });
    return order;
}

std::optional<net::Instant> Candidates::earliest_hope(net::Instant now) const
{
    std::optional<net::Instant> earliest;
    for (std::size_t i = 0; i < all_.size(); ++i) {
        if (all_[i].out || !fits(all_[i].link)) continue;
        const net::Instant at = due(i, now);
        if (!earliest || at < *earliest) earliest = at;
    }
    return earliest;
}

bool Candidates::probe_is_out(net::Instant now) const
{
    for (std::size_t i = 0; i < all_.size(); ++i) {
        if (admissible(i, now) && standing(i, now).state == Breaker::State::half_open) return true;
    }
    return false;
}

std::optional<net::Instant> Candidates::end_of_short_rest(net::Duration limit, net::Instant now) const
{
    if (limit <= net::Duration{}) return std::nullopt;
    for (std::size_t i = 0; i < all_.size(); ++i) {
        if (all_[i].out || all_[i].asked || !fits(all_[i].link)) continue;
        const net::Instant until = standing(i, now).resting_until;
        if (now >= until) return std::nullopt;
        if (until - now < limit) return until;
    }
    return std::nullopt;
}

bool Candidates::is_last(std::size_t i, net::Instant now, net::Instant deadline,
                         std::optional<std::size_t> beside) const
{
    for (std::size_t other = 0; other < all_.size(); ++other) {
        const bool at_work = all_[other].link == all_[i].link || (beside && all_[other].link == all_[*beside].link);
        if (at_work || all_[other].out || !fits(all_[other].link)) continue;
        const Standing its = standing(other, now);
        const net::Instant at = std::max(all_[other].not_before, its.due);
        if (at <= now || (its.state == Breaker::State::closed && at < deadline)) return false;
    }
    return true;
}

void Candidates::note_failure(std::size_t i, const Outcome& outcome)
{
    links_[all_[i].link].last = outcome;
}

void Candidates::leave_provider(std::size_t i)
{
    for (Candidate& candidate : all_) {
        if (candidate.link == all_[i].link) candidate.out = true;
    }
}

void Candidates::overflowed(std::size_t i)
{
    overflowed_ = std::max(overflowed_, link_of(i).context_window.value_or(0));
}

std::vector<SkippedProvider> Candidates::skipped(net::Instant now) const
{
    std::vector<SkippedProvider> all;
    for (std::size_t link = 0; link < links_.size(); ++link) {
        if (!links_[link].last) all.push_back({links_[link].link->name, why_skipped(link, now), links_[link].lacks});
    }
    return all;
}

std::optional<net::Duration> Candidates::remaining_wait(net::Instant now) const
{
    std::optional<net::Duration> shortest;
    for (std::size_t i = 0; i < all_.size(); ++i) {
        const net::Instant at = due(i, now);
        if (!fits(all_[i].link) || at <= now) continue;
        shortest = std::min(shortest.value_or(net::Duration::max()), at - now);
    }
    return shortest;
}

/// Of its keys, the one that could be used soonest says why.
Skipped Candidates::why_skipped(std::size_t link, net::Instant now) const
{
    if (!links_[link].lacks.empty()) return Skipped::lacks_capability;
    if (!fits(link)) return Skipped::window_too_small;
    std::optional<Standing> best;
    for (const Place place : links_[link].link->keys) {
        const Standing its = memory_.standing(place, now);
        if (!best || its.due < best->due) best = its;
    }
    if (now < best->resting_until) return Skipped::resting;
    return best->due > now ? Skipped::breaker_open : Skipped::not_reached;
}

}  // namespace chaos::router
