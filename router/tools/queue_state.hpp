// What accepting, delivering and asking share of the queue: the book of its calls, the store behind it, and the news.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/condition.hpp"
#include "net/runtime.hpp"
#include "router/observer.hpp"
#include "router/store_calls.hpp"
#include "router/tools/queue_book.hpp"
#include "router/tools/toolbox.hpp"
#include "store/store.hpp"

namespace chaos::router {

/// The spaces of the store, each by the call's id.
namespace queue_space {
inline constexpr const char* states = "queue.state";
inline constexpr const char* calls = "queue.call";      ///< what is to be sent
inline constexpr const char* results = "queue.result";  ///< what came back
inline constexpr const char* meta = "queue.meta";       ///< by names of its own
}  // namespace queue_space

/// Before what the store refused is tried again.
inline constexpr net::Duration queue_store_pause = std::chrono::seconds(1);

struct QueueState {
    /// All of them outlive it.
    QueueState(net::Runtime& its_runtime, ToolboxPtr its_tools, store::Store& its_store, Observer& its_observer);

    /// The book has what the store held; false: not after a moment's patience.
    net::Task<bool> until_loaded();
    /// Within the store's patience: nothing, or why not.
    net::Task<std::string> write(std::vector<store::Store::Write> writes, store::Durability durability);
    net::Task<Found> read(const char* space, std::string id);
    /// Nobody waits for it; `failing` is told if it fails.
    void write_behind(std::vector<store::Store::Write> writes, std::string_view failing);
    /// Takes these out of the store, behind. What stays there for now is found to be over when it is next read.
    void forget(const std::vector<std::string>& ids);

    /// A call of this tool has another state.
    void changed(std::string_view tool);
    void tell(std::string_view what, std::string_view why);

    net::Runtime& runtime;
    ToolboxPtr tools;  ///< those in force
    store::Store& store;
    Observer& observer;
    QueueBook book;
    bool loaded = false;
    net::Condition to_deliver;  ///< there may be something
    net::Condition news;        ///< a call has another state

private:
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);  ///< completions of the store after our end come to nothing
};

/// Removes all there is of a call.
void append_removal(std::vector<store::Store::Write>& writes, const std::string& id);

}  // namespace chaos::router
