// The store's calls under the queue's patience, and who is told of changes.
#include "router/tools/queue_state.hpp"

#include "net/watchdog.hpp"

namespace chaos::router {
namespace {

constexpr net::Duration queue_store_patience = std::chrono::seconds(5);

}  // namespace

QueueState::QueueState(net::Runtime& its_runtime, ToolboxPtr its_tools, store::Store& its_store, Observer& its_observer)
    : runtime(its_runtime),
      tools(std::move(its_tools)),
      store(its_store),
      observer(its_observer),
      book(tools->dependencies),
      to_deliver("queue"),
      news("queue's calls")
{
}

net::Task<bool> QueueState::until_loaded()
{
    net::Watchdog patience(runtime.clock(), [this] { news.notify_all(); });
    patience.arm(runtime.clock().now() + queue_store_patience);
    while (!loaded && !patience.expired()) co_await news.wait();
    co_return loaded;
}

net::Task<std::string> QueueState::write(std::vector<store::Store::Write> writes, store::Durability durability)
{
    const net::Instant deadline = runtime.clock().now() + queue_store_patience;
    std::string problem = co_await put_all(runtime, store, std::move(writes), durability, deadline);
    co_return problem;
}

net::Task<Found> QueueState::read(const char* space, std::string id)
{
    const net::Instant deadline = runtime.clock().now() + queue_store_patience;
    Found found = co_await get(runtime, store, space, std::move(id), deadline);
    co_return found;
}

void QueueState::write_behind(std::vector<store::Store::Write> writes, std::string_view failing)
{
    if (writes.empty()) return;
    store.put_all(
        std::move(writes), store::Durability::process,
        [this, failing = std::string(failing), alive = std::weak_ptr<int>(alive_)](const std::string& problem) {
            if (!alive.expired() && !problem.empty()) tell(failing, problem);
        });
}

void QueueState::forget(const std::vector<std::string>& ids)
{
    std::vector<store::Store::Write> writes;
    for (const std::string& id : ids) append_removal(writes, id);
    write_behind(std::move(writes), "calls that are over stay");
}

void append_removal(std::vector<store::Store::Write>& writes, const std::string& id)
{
    for (const char* space : {queue_space::states, queue_space::calls, queue_space::results})
        writes.push_back({space, id, std::nullopt});
}

void QueueState::changed(std::string_view tool)
{
    news.notify_all();
    const QueueBook::Depth depth = book.depth(tool);
    observer.queue_changed({tool, depth.pending, depth.in_flight, depth.done, depth.dead, depth.bytes});
}

void QueueState::tell(std::string_view what, std::string_view why)
{
    observer.store_failed({what, why, runtime.clock().now()});
}

}  // namespace chaos::router
