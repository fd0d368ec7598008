// The rules of return, and the table they are asked of.
#include "router/session/sessions.hpp"

namespace chaos::router {

bool begins_a_task(const FailedOver& known, const SessionFacts& facts)
{
    return facts.user_turns > known.user_turns || facts.last_turn != known.last_turn;
}

bool stays(ReturnRule rule, const FailedOver& known, const SessionFacts& facts)
{
    switch (rule) {
        case ReturnRule::when_healthy:
            return false;
        case ReturnRule::next_task:
            return !begins_a_task(known, facts);
        case ReturnRule::never:
            return true;
    }
    return false;
}

std::optional<FailedOver> Sessions::find(std::uint64_t session, net::Duration expires, net::Instant now)
{
    const std::lock_guard<std::mutex> locked(lock_);
    const auto place = places_.find(session);
    if (place == places_.end()) return std::nullopt;
    if (now - place->second->used >= expires) {
        by_use_.erase(place->second);
        places_.erase(place);
        return std::nullopt;
    }
    by_use_.splice(by_use_.begin(), by_use_, place->second);
    place->second->used = now;
    return place->second->what;
}

void Sessions::keep(std::uint64_t session, FailedOver what, std::size_t limit, net::Instant now)
{
    const std::lock_guard<std::mutex> locked(lock_);
    const auto place = places_.find(session);
    if (place != places_.end()) {
        by_use_.erase(place->second);
        places_.erase(place);
    }
    by_use_.push_front({session, std::move(what), now});
    places_[session] = by_use_.begin();
    while (by_use_.size() > limit) {
        places_.erase(by_use_.back().session);
        by_use_.pop_back();
    }
}

void Sessions::forget(std::uint64_t session)
{
    const std::lock_guard<std::mutex> locked(lock_);
    const auto place = places_.find(session);
    if (place == places_.end()) return;
    by_use_.erase(place->second);
    places_.erase(place);
}

std::size_t Sessions::size() const
{
    const std::lock_guard<std::mutex> locked(lock_);
    return by_use_.size();
}

}  // namespace chaos::router
