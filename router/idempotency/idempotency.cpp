// Does what decide_keyed() says.
#include "router/idempotency/idempotency.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "router/idempotency/request_identity.hpp"
#include "router/reply_within.hpp"
#include "router/store_calls.hpp"

namespace chaos::router {
namespace {

constexpr const char* results_space = "idempotency";         ///< what is remembered of each result
constexpr const char* answers_space = "idempotency.answer";  ///< the answers themselves
constexpr net::Duration load_patience = std::chrono::seconds(2);
constexpr net::Duration replay_patience = std::chrono::seconds(60);
constexpr net::Duration load_again_after = std::chrono::seconds(1);
/// Bytes of answers under way; beyond it nobody can join any more, and nothing is kept.
constexpr std::size_t flight_memory = 256 * 1024 * 1024;

}  // namespace

std::string_view spelling(KeyedEnd::How how)
{
    constexpr std::array<std::string_view, 4> words{"led", "joined", "replayed", "refused"};
    return words.at(static_cast<std::size_t>(how));
}

Idempotency::Idempotency(net::Runtime& runtime, store::Store& store, IdempotencyPolicy policy, Refusal refusal,
                         Observer& observer)
    : runtime_(runtime),
      store_(store),
      policy_(policy),
      refusal_(std::move(refusal)),
      observer_(observer),
      index_(policy),
      memory_{flight_memory, 0},
      loaded_now_("idempotency to load"),
      expiry_(runtime.clock(), [this] { expire(); }),
      tasks_(runtime.executor())
{
}

net::Task<void> Idempotency::load()
{
    while (true) {
        const bool done = co_await take_in_stored();
        if (done) break;
        co_await net::sleep_for(runtime_.clock(), load_again_after);
    }
    loaded_ = true;
    loaded_now_.notify_all();
    expire();
}

net::Task<bool> Idempotency::take_in_stored()
{
    const Listed listed = co_await list(runtime_, store_, results_space);
    if (!listed.problem.empty()) {
        tell("kept results cannot be read", listed.problem);
        co_return false;
    }
    std::vector<std::string> gone;
    for (const auto& [identity, bytes] : listed.entries) {
        auto result = read_kept_result(bytes);
        if (!result) {
            gone.push_back(identity);
            continue;
        }
        for (std::string& other : index_.add(identity, std::move(*result), runtime_.wall().now()))
            gone.push_back(std::move(other));
    }
    remove(gone);
    co_return true;
}

net::Task<bool> Idempotency::until_loaded()
{
    net::Watchdog patience(runtime_.clock(), [this] { loaded_now_.notify_all(); });
    patience.arm(runtime_.clock().now() + load_patience);
    while (!loaded_ && !patience.expired()) co_await loaded_now_.wait();
    co_return loaded_;
}

net::Task<KeyedEnd> Idempotency::serve(net::http::ServerExchange& exchange, std::string caller, Handler leader)
{
    const net::http::RequestHead& head = exchange.request().head;
    const KeyOfRequest key = idempotency_key(head.headers);
    if (!key.problem.empty() || !key.key) {
        const KeyedEnd refused = co_await refuse(exchange, 400, "invalid_idempotency_key", key.problem);
        co_return refused;
    }
    Keyed keyed;
    keyed.identity = request_identity(caller, net::http::path_of(head.target), *key.key);
    keyed.fingerprint = body_fingerprint(exchange.request().body);
    keyed.leader = std::move(leader);
    const bool ready = co_await until_loaded();
    KeyedEnd end;
    if (ready) {
        end = co_await serve_keyed(exchange, keyed);
    } else {
        end = co_await refuse(exchange, 503, "store_unavailable",
                              "the store of earlier results cannot be read; try again");
    }
    co_return end;
}

KnownOfKey Idempotency::known(const Keyed& keyed) const
{
    KnownOfKey known;
    const auto flight = flights_.find(keyed.identity);
    if (flight != flights_.end() && flight->second->alive()) {
        known.state = KnownOfKey::State::in_flight;
        known.fingerprint = flight->second->fingerprint();
        known.shareable = flight->second->shareable();
    } else if (const KeptResult* kept = index_.find(keyed.identity, runtime_.wall().now())) {
        known.state = KnownOfKey::State::kept;
        known.fingerprint = kept->fingerprint;
    }
    return known;
}

net::Task<KeyedEnd> Idempotency::serve_keyed(net::http::ServerExchange& exchange, const Keyed& keyed)
{
    KeyedEnd end;
    switch (decide_keyed(known(keyed), keyed.fingerprint)) {
        case KeyedStep::lead:
            end = co_await lead(exchange, keyed);
            break;
        case KeyedStep::join: {
            const std::shared_ptr<Flight> flight = flights_.at(keyed.identity);
            co_await flight->deliver(exchange, true);
            end.how = KeyedEnd::How::joined;
            break;
        }
        case KeyedStep::replay:
            end = co_await replay(exchange, keyed);
            break;
        case KeyedStep::other_body:
            end = co_await refuse(exchange, 422, "idempotency_key_reused",
                                  "this Idempotency-Key was used for a request with another body");
            break;
        case KeyedStep::too_long:
            end = co_await refuse(
                exchange, 409, "idempotency_key_in_use",
                "a request with this Idempotency-Key is under way and its answer is too long to be shared");
            break;
    }
    co_return end;
}

net::Task<KeyedEnd> Idempotency::lead(net::http::ServerExchange& exchange, const Keyed& keyed)
{
    FlightSettings settings;
    settings.most_kept = policy_.entry_bytes;
    settings.finish_alone = policy_.finish_alone;
    const auto flight = std::make_shared<Flight>(runtime_, exchange, keyed.fingerprint, settings, memory_);
    flights_[keyed.identity] = flight;
    tasks_.spawn(fly(flight, keyed.identity, keyed.leader));
    co_await flight->deliver(exchange, false);
    co_return KeyedEnd{};
}

/// Runs apart from the request that began it, which may leave while others wait.
net::Task<void> Idempotency::fly(std::shared_ptr<Flight> flight, std::string identity, Handler leader)
{
    std::exception_ptr problem;
    try {
        co_await leader(*flight);
        co_await keep(*flight, identity);
    } catch (...) {
        problem = std::current_exception();
    }
    flight->settle(problem);
    const auto known = flights_.find(identity);
    if (known != flights_.end() && known->second == flight) flights_.erase(known);
}

/// The answer's end goes out only when the answer is kept: whoever has seen it whole sees the same again, also after a
/// crash. A store that is too slow or fails costs the replay, not the answer.
net::Task<void> Idempotency::keep(const Flight& flight, const std::string& identity)
{
    const auto answer = flight.result();
    if (!answer) co_return;
    KeptResult result;
    result.fingerprint = flight.fingerprint();
    result.kept_at = runtime_.wall().now();
    result.expires_at = result.kept_at + policy_.keep;
    std::string bytes = write_stored_answer(*answer);
    result.bytes = bytes.size();
    if (result.bytes > std::min(policy_.entry_bytes, policy_.bytes)) co_return;
    std::vector<store::Store::Write> writes;
    writes.push_back({results_space, identity, write_kept_result(result)});
    writes.push_back({answers_space, identity, std::move(bytes)});
    const auto written = std::make_shared<StoreCall<std::string>>(runtime_);
    auto completed = [this, written, alive = std::weak_ptr<int>(alive_), identity, result](std::string problem) {
        if (!alive.expired() && problem.empty()) remember(identity, result);
        written->complete(std::move(problem));
    };
    store_.put_all(std::move(writes), store::Durability::process, std::move(completed));
    const net::Instant deadline = runtime_.clock().now() + policy_.wait_for_store;
    const std::optional<std::string> problem = co_await StoreCall<std::string>::wait(written, deadline);
    if (!problem || !problem->empty()) tell("an answer is not kept", problem.value_or(store_too_slow));
}

void Idempotency::remember(const std::string& identity, const KeptResult& result)
{
    remove(index_.add(identity, result, runtime_.wall().now()));
    arm_expiry();
}

net::Task<KeyedEnd> Idempotency::replay(net::http::ServerExchange& exchange, const Keyed& keyed)
{
    const net::Instant deadline = runtime_.clock().now() + policy_.wait_for_store;
    const Found found = co_await get(runtime_, store_, answers_space, keyed.identity, deadline);
    if (!found.problem.empty()) {
        tell("a kept answer cannot be read", found.problem);
        const KeyedEnd refused =
            co_await refuse(exchange, 503, "store_unavailable", "the kept result cannot be read; try again");
        co_return refused;
    }
    auto answer = found.value ? read_stored_answer(*found.value) : std::nullopt;
    if (!answer) {
        index_.forget(keyed.identity);
        tell("a kept answer is lost", "the request is asked anew");
        const KeyedEnd anew = co_await serve_keyed(exchange, keyed);
        co_return anew;
    }
    answer->head.headers.set("x-chaos-replayed", "true");
    const net::Error error = co_await write_answer(exchange, std::move(*answer));
    if (error) exchange.close(net::Close::reset);
    KeyedEnd end;
    end.how = KeyedEnd::How::replayed;
    co_return end;
}

net::Task<net::Error> Idempotency::write_answer(net::http::ServerExchange& exchange, StoredAnswer answer)
{
    net::Watchdog patience(runtime_.clock(), [&exchange] { exchange.close(net::Close::reset); });
    patience.arm(runtime_.clock().now() + replay_patience);
    net::Error error;
    if (!answer.stream) {
        net::http::Response response;
        response.head = std::move(answer.head);
        response.body = std::move(answer.body);
        error = co_await exchange.respond(std::move(response));
        co_return error;
    }
    error = co_await exchange.start(std::move(answer.head));
    if (!error) error = co_await exchange.send(answer.body);
    if (!error) error = co_await exchange.finish();
    co_return error;
}

net::Task<KeyedEnd> Idempotency::refuse(net::http::ServerExchange& exchange, int status, std::string code,
                                        std::string message)
{
    SurfacedError refusal;
    refusal.status = status;
    refusal.type = status == 503 ? "server_error" : "idempotency_error";
    refusal.code = code;
    refusal.message = std::move(message);
    if (status == 503 || status == 409) refusal.retry_after = std::chrono::seconds(1);
    net::http::Response response = refusal_(refusal, net::http::path_of(exchange.request().head.target));
    co_await reply_within(short_answer_patience, exchange, runtime_.clock(), std::move(response));
    KeyedEnd end;
    end.how = KeyedEnd::How::refused;
    end.error_code = std::move(code);
    co_return end;
}

/// Nobody waits for it: what stays in the store for now is found expired, or one too many, when it is next read.
void Idempotency::remove(const std::vector<std::string>& identities)
{
    if (identities.empty()) return;
    std::vector<store::Store::Write> writes;
    for (const std::string& identity : identities) {
        writes.push_back({results_space, identity, std::nullopt});
        writes.push_back({answers_space, identity, std::nullopt});
    }
    store_.put_all(std::move(writes), store::Durability::process,
                   [this, alive = std::weak_ptr<int>(alive_)](const std::string& problem) {
                       if (!alive.expired() && !problem.empty()) tell("old results are not removed", problem);
                   });
}

void Idempotency::expire()
{
    remove(index_.take_expired(runtime_.wall().now()));
    arm_expiry();
}

/// By the wall clock, which may jump: it is looked at again at least once an hour.
void Idempotency::arm_expiry()
{
    const auto next = index_.next_expiry();
    if (!next) return;
    const net::Duration wait =
        std::clamp<net::Duration>(*next - runtime_.wall().now(), std::chrono::milliseconds(1), std::chrono::hours(1));
    expiry_.arm(runtime_.clock().now() + wait);
}

net::Task<void> Idempotency::stop()
{
    co_await tasks_.join();
    expiry_.disarm();  // not before: what was stored last has armed it
}

}  // namespace chaos::router
