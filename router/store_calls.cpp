// Each call leaves its result in a StoreCall of its own.
#include "router/store_calls.hpp"

namespace chaos::router {

const char* const store_too_slow = "the store took too long";

net::Task<std::string> put_all(net::Runtime& runtime, store::Store& store, std::vector<store::Store::Write> writes,
                               store::Durability durability, net::Instant deadline)
{
    const auto call = std::make_shared<StoreCall<std::string>>(runtime);
    store.put_all(std::move(writes), durability, [call](std::string problem) { call->complete(std::move(problem)); });
    std::optional<std::string> problem = co_await StoreCall<std::string>::wait(call, deadline);
    co_return problem ? std::move(*problem) : std::string(store_too_slow);
}

net::Task<Found> get(net::Runtime& runtime, store::Store& store, std::string space, std::string key,
                     net::Instant deadline)
{
    const auto call = std::make_shared<StoreCall<Found>>(runtime);
    store.get(std::move(space), std::move(key), [call](std::string problem, std::optional<std::string> value) {
        Found found;
        found.problem = std::move(problem);
        found.value = std::move(value);
        call->complete(std::move(found));
    });
    std::optional<Found> found = co_await StoreCall<Found>::wait(call, deadline);
    if (found) co_return std::move(*found);
    Found late;
    late.problem = store_too_slow;
    co_return late;
}

net::Task<Listed> list(net::Runtime& runtime, store::Store& store, std::string space, net::Instant deadline)
{
    const auto call = std::make_shared<StoreCall<Listed>>(runtime);
    store.list(std::move(space), [call](std::string problem, std::vector<std::pair<std::string, std::string>> entries) {
        Listed listed;
        listed.problem = std::move(problem);
        listed.entries = std::move(entries);
        call->complete(std::move(listed));
    });
    std::optional<Listed> listed = co_await StoreCall<Listed>::wait(call, deadline);
    if (listed) co_return std::move(*listed);
    Listed late;
    late.problem = store_too_slow;
    co_return late;
}

}  // namespace chaos::router
