// Sessions that failed over: with whom each stays, and until when.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "net/time.hpp"
#include "router/policy.hpp"
#include "router/session/session_facts.hpp"

namespace chaos::router {

/// What is remembered of a session whose last answer did not come from the first of its chain.
struct FailedOver {
    std::string provider;  ///< that served instead
    std::uint64_t last_turn = 0;
    std::uint64_t user_turns = 0;
};

/// A task begins with a user turn: one more than there were, or another than the last was. Tool results, a repeated
/// request and a history that was trimmed in front go on with the task.
bool begins_a_task(const FailedOver& known, const SessionFacts& facts);

/// Whether the session stays with whom it failed over to, by the policy's `return`.
bool stays(ReturnRule rule, const FailedOver& known, const SessionFacts& facts);

/// A table of bounded size; what was not asked for longest goes first, and everything some time after its last use.
/// Shared by the loops of a process: each call is one atomic step.
class Sessions {
public:
    std::optional<FailedOver> find(std::uint64_t session, net::Duration expires, net::Instant now);
    void keep(std::uint64_t session, FailedOver what, std::size_t limit, net::Instant now);
    void forget(std::uint64_t session);
    std::size_t size() const;

private:
    struct Entry {
        std::uint64_t session;
        FailedOver what;
        net::Instant used{};
    };
    using Entries = std::list<Entry>;

    mutable std::mutex lock_;
    Entries by_use_;  ///< the latest first
    std::unordered_map<std::uint64_t, Entries::iterator> places_;
};

}  // namespace chaos::router
