// Requests with an Idempotency-Key: asked once upstream, answered to everyone who waits, and replayed from the store.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "net/runtime.hpp"
#include "net/task_group.hpp"
#include "net/watchdog.hpp"
#include "router/idempotency/flight.hpp"
#include "router/idempotency/key_index.hpp"
#include "router/idempotency/policy.hpp"
#include "router/observer.hpp"
#include "router/surface.hpp"
#include "store/store.hpp"

namespace chaos::router {

/// What became of a keyed request.
struct KeyedEnd {
    enum class How { led, joined, replayed, refused } how = How::led;
    std::string error_code;  ///< of a refusal
};
std::string_view spelling(KeyedEnd::How how);

class Idempotency {
public:
    /// Answers a request whose exchange is ours; outlives the caller's own.
    using Handler = std::function<net::Task<void>(net::http::ServerExchange&)>;
    /// An error in the dialect of the endpoint that was asked.
    using Refusal = std::function<net::http::Response(const SurfacedError&, std::string_view path)>;

    /// `store` and `observer` outlive it.
    Idempotency(net::Runtime& runtime, store::Store& store, IdempotencyPolicy policy, Refusal refusal,
                Observer& observer);

    /// Learns what the store holds; until it has, keyed requests wait a moment and are then asked to come again. Ends
    /// when that is done, or cancelled.
    net::Task<void> load();
    /// Answers a request that has an Idempotency-Key. `caller`: whose keys these are.
    net::Task<KeyedEnd> serve(net::http::ServerExchange& exchange, std::string caller, Handler leader);
    /// Returns when what is under way has ended; after that nothing may be served.
    net::Task<void> stop();
    /// What is under way is broken off. Precondition: nobody is being served.
    void cancel() { tasks_.cancel(); }

    std::size_t kept() const { return index_.size(); }
    std::size_t in_flight() const { return flights_.size(); }

private:
    struct Keyed {
        std::string identity;
        std::string fingerprint;
        Handler leader;
    };

    net::Task<bool> take_in_stored();
    net::Task<KeyedEnd> serve_keyed(net::http::ServerExchange& exchange, const Keyed& keyed);
    net::Task<KeyedEnd> lead(net::http::ServerExchange& exchange, const Keyed& keyed);
    net::Task<void> fly(std::shared_ptr<Flight> flight, std::string identity, Handler leader);
    net::Task<void> keep(const Flight& flight, const std::string& identity);
    net::Task<KeyedEnd> replay(net::http::ServerExchange& exchange, const Keyed& keyed);
    net::Task<net::Error> write_answer(net::http::ServerExchange& exchange, StoredAnswer answer);
    net::Task<KeyedEnd> refuse(net::http::ServerExchange& exchange, int status, std::string code, std::string message);
    net::Task<bool> until_loaded();
    KnownOfKey known(const Keyed& keyed) const;
    void remember(const std::string& identity, const KeptResult& result);
    void remove(const std::vector<std::string>& identities);
    void arm_expiry();
    void expire();
    void tell(std::string_view what, std::string_view why)
    {
        observer_.store_failed({what, why, runtime_.clock().now()});
    }

    net::Runtime& runtime_;
    store::Store& store_;
    IdempotencyPolicy policy_;
    Refusal refusal_;
    Observer& observer_;
    KeyIndex index_;
    FlightMemory memory_;
    std::map<std::string, std::shared_ptr<Flight>> flights_;  ///< by identity
    bool loaded_ = false;
    net::Condition loaded_now_;
    net::Watchdog expiry_;
    net::TaskGroup tasks_;
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);  ///< completions of the store after our end come to nothing
};

}  // namespace chaos::router
