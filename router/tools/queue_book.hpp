// The queue of calls as a book: what was accepted, what is due, what is over. Pure: no I/O; the time is an argument.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "net/time.hpp"
#include "router/tools/dependencies.hpp"

namespace chaos::router {

enum class CallState {
    accepting,  ///< not durable yet, and so not promised
    waiting,    ///< to be delivered
    in_flight,  ///< being delivered
    done,
    dead,  ///< given up: the dead letter of it is listed
};
/// Callers know three: pending, done, dead.
std::string_view spelling(CallState state);

struct QueuedCall {
    std::string id;
    std::uint64_t number = 0;  ///< in the order of acceptance
    std::string tool;
    std::string caller;       ///< who may ask for it
    std::string identity;     ///< of a caller's key; empty without one
    std::string fingerprint;  ///< of the body, for that key
    bool keyed = false;       ///< sent with a key that the tool honours
    CallState state = CallState::waiting;
    int attempts = 0;
    std::size_t endpoint = 0;  ///< where the next attempt goes
    net::WallTime accepted_at{};
    net::Instant not_before{};  ///< of the next attempt; for waiting
    net::WallTime due_at{};     ///< the same by the wall clock; for the store
    net::WallTime finished_at{};
    std::size_t bytes = 0;  ///< of the call, or of its result
    bool marked = false;    ///< the store knows that it may have been sent
    std::string why;        ///< of a dead one, or of the last attempt
};

/// The record of a state in the store; an unkeyed call in flight is so marked before its first byte leaves.
std::string write_queued_call(const QueuedCall& call);
std::optional<QueuedCall> read_queued_call(std::string_view bytes);

/// What is asked of it while calls come and go costs no more than the logarithm of their number.
class QueueBook {
public:
    explicit QueueBook(const Dependencies& dependencies) { keep_to(dependencies); }

    /// From here on these are the policies. Calls of a tool that is not among them wait until they are too old.
    void keep_to(const Dependencies& dependencies);

    /// Takes in a call that the store held, after a restart. True if it has become a dead letter by that: it was in
    /// flight without a key.
    bool restore(QueuedCall call, net::Instant now, net::WallTime wall);

    const QueuedCall* find(const std::string& id) const;
    const QueuedCall* find_keyed(const std::string& identity) const;
    /// Newest first, from the one accepted before call number `before` on, until `wanted` says false.
    void walk(std::uint64_t before, const std::function<bool(const QueuedCall&)>& wanted) const;
    /// The one way to change a call; its id, number, tool and identity stay.
    const QueuedCall& change(const std::string& id, const std::function<void(QueuedCall&)>& how);

    /// Whether a call of so many bytes can be accepted; `gone` are the results that give way to it.
    bool make_room(const Dependency& tool, std::size_t bytes, std::vector<std::string>& gone);
    /// How long somebody who was refused should wait: until the next attempt is due, between one second and a minute.
    net::Duration wait_for_room(const Dependency& tool, net::Instant now) const;
    const QueuedCall& add(QueuedCall call);
    void remove(const std::string& id);

    /// The next call of this tool to be delivered now, if any may be.
    const QueuedCall* due(const Dependency& tool, net::Instant now) const;
    /// When the next waiting call is due that is not yet.
    std::optional<net::Instant> next_due(net::Instant now) const;
    /// When the next call is too old, or kept no longer.
    std::optional<net::WallTime> next_end() const;

    /// Pending calls that are too old; they are dead now.
    std::vector<const QueuedCall*> take_too_old(net::WallTime now);
    /// Calls that are over and kept no longer; they are gone from the book.
    std::vector<std::string> take_forgotten(net::WallTime now);

    struct Depth {
        std::size_t pending = 0;
        std::size_t in_flight = 0;  ///< of those pending
        std::size_t done = 0;
        std::size_t dead = 0;
        std::size_t bytes = 0;
    };
    Depth depth(std::string_view tool) const;

private:
    using ByAge = std::set<std::pair<net::WallTime, std::uint64_t>>;  ///< and number

    /// The calls of one tool, by what is asked of them.
    struct Shelf {
        QueuePolicy policy;
        Depth depth;
        std::set<std::pair<net::Instant, std::uint64_t>> by_due;  ///< those that wait
        std::set<std::uint64_t> undelivered;                      ///< those that wait, or are being accepted
        ByAge waiting;                                            ///< since they were accepted
        ByAge done;                                               ///< since they were over
        ByAge dead;
    };

    void put_on_shelf(const QueuedCall& call);
    void take_off_shelf(const QueuedCall& call);
    const Shelf* shelf_of(std::string_view tool) const;
    std::vector<std::uint64_t> past(const ByAge Shelf::*calls, net::Duration QueuePolicy::*age,
                                    net::WallTime now) const;

    std::map<std::string, Shelf, std::less<>> shelves_;  ///< by tool
    std::map<std::uint64_t, QueuedCall> calls_;          ///< by number: in the order of acceptance
    std::map<std::string, std::uint64_t> numbers_;       ///< by id
    std::map<std::string, std::uint64_t> by_identity_;
};

}  // namespace chaos::router
