// A circuit breaker: told what happened and the time, it says who may be sent what. No clock of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "net/time.hpp"
#include "router/classify.hpp"
#include "router/memory/rolling_count.hpp"
#include "router/policy.hpp"

namespace chaos::router {

/// When leave is asked for: only if it is due, or as a probe before its time because nobody else is left.
enum class Entry { when_due, early };

/// Closed: everyone passes. It opens after so many failures in a row, or when of enough requests of late too many
/// failed. Open: nobody, until it is due. Half-open: one leased probe is out; its result decides. Beside that a hard
/// rest (Retry-After) during which nobody passes, whatever the state.
class Breaker {
public:
    enum class State { closed, open, half_open };

    /// Leave to send one request; give it back through settle().
    struct Permit {
        std::uint64_t era = 0;  ///< results of an earlier era say nothing about this one
        bool probe = false;
    };

    explicit Breaker(const BreakerPolicy& policy) : policy_(policy), requests_(policy.window), failed_(policy.window) {}

    /// From here on other numbers hold; what is open stays open.
    void adopt(const BreakerPolicy& policy);

    /// Leave to send now, if the state allows: always when closed, as the one probe when open and due. `early`: leave
    /// for the one probe although it is not due. Never during a hard rest.
    std::optional<Permit> enter(net::Instant now, Entry entry = Entry::when_due);
    bool admits(Entry entry, net::Instant now) const;

    void settle(const Permit& permit, Charge charge, net::Instant now);

    /// Nobody passes before `until`: the provider said so. Never shortens an earlier rest.
    void rest(net::Instant until);
    /// Opens until at least `until` whatever the count of failures: a key that is not accepted, an exhausted account.
    void trip(net::Instant until);

    State state(net::Instant now) const;
    /// The earliest instant at which enter() may say yes: `now` or earlier if it would now.
    net::Instant due(net::Instant now) const;
    net::Instant resting_until() const { return resting_until_; }

private:
    bool lease_is_out(net::Instant now) const { return probing_ && now < lease_ends_; }
    Permit lease(net::Instant now);
    void open(net::Instant until);
    void count_failure(net::Instant now);
    bool too_many_failed(net::Instant now) const;
    void forget_window();

    BreakerPolicy policy_;
    bool open_ = false;
    bool probing_ = false;
    std::uint64_t era_ = 0;
    int failures_ = 0;           ///< consecutive
    RollingCount requests_;      ///< settled while closed
    RollingCount failed_;        ///< of these
    net::Duration next_open_{};  ///< how long the next opening lasts; 0: the policy's first
    net::Instant due_{};
    net::Instant lease_ends_{};
    net::Instant resting_until_{};
};

std::string_view spelling(Breaker::State state);

}  // namespace chaos::router
