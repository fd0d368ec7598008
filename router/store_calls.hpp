// The calls of a store as coroutines, with a deadline.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/condition.hpp"
#include "net/runtime.hpp"
#include "net/watchdog.hpp"
#include "store/store.hpp"

namespace chaos::router {

/// What a store's completion leaves for the task that waits, also when that task is gone.
template <class Result>
class StoreCall {
public:
    explicit StoreCall(net::Runtime& runtime) : runtime_(runtime), completed_("store") {}

    void complete(Result result)
    {
        result_ = std::move(result);
        completed_.notify_all();
    }

    /// The result, or nothing at the deadline.
    static net::Task<std::optional<Result>> wait(std::shared_ptr<StoreCall> call, net::Instant deadline)
    {
        net::Watchdog patience(call->runtime_.clock(), [call] { call->completed_.notify_all(); });
        patience.arm(deadline);
        while (!call->result_ && !patience.expired()) co_await call->completed_.wait();
        co_return std::move(call->result_);
    }

private:
    net::Runtime& runtime_;
    std::optional<Result> result_;
    net::Condition completed_;
};

/// What these say at the deadline; what was asked for may happen all the same.
extern const char* const store_too_slow;

/// Empty: done; else the store's own words. None of these returns before its deadline if the store is destroyed first.
net::Task<std::string> put_all(net::Runtime& runtime, store::Store& store, std::vector<store::Store::Write> writes,
                               store::Durability durability, net::Instant deadline = net::never);

struct Found {
    std::string problem;
    std::optional<std::string> value;
};
net::Task<Found> get(net::Runtime& runtime, store::Store& store, std::string space, std::string key,
                     net::Instant deadline = net::never);

struct Listed {
    std::string problem;
    std::vector<std::pair<std::string, std::string>> entries;
};
net::Task<Listed> list(net::Runtime& runtime, store::Store& store, std::string space,
                       net::Instant deadline = net::never);

}  // namespace chaos::router
