// Handing operations to the worker thread, and their results back to the loop.
#include "store/sqlite_store.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "store/sqlite_database.hpp"

namespace chaos::store {

namespace asio = boost::asio;

namespace {

using Completion = std::function<void()>;

constexpr const char* too_many_waiting = "too many operations are waiting for the disk";

}  // namespace

struct SqliteStore::State {
    /// Works on the database, in the worker, and returns what is to be called on the loop.
    using Operation = std::function<Completion(SqliteDatabase&)>;

    State(Executor e, const SqliteSettings& s) : executor(std::move(e)), settings(s) {}
    ~State()
    {
        {
            const std::lock_guard lock(mutex);
            stopping = true;
        }
        more.notify_one();
        if (worker.joinable()) worker.join();
    }

    /// `too_many` is what to call on the loop if the operation cannot be taken.
    void enqueue(Operation operation, Completion too_many)
    {
        {
            const std::lock_guard lock(mutex);
            if (waiting.size() < settings.max_waiting) {
                waiting.push_back(std::move(operation));
                too_many = nullptr;
            }
        }
        if (too_many) return complete(std::move(too_many));
        more.notify_one();
    }

    void complete(Completion completion)
    {
        asio::post(executor, [alive = std::weak_ptr<int>(open), completion = std::move(completion)] {
            if (!alive.expired()) completion();
        });
    }

    void work()
    {
        while (std::optional<Operation> operation = next()) complete((*operation)(database));
    }

    /// Nothing when the store is being destroyed and all is done.
    std::optional<Operation> next()
    {
        std::unique_lock lock(mutex);
        more.wait(lock, [this] { return stopping || !waiting.empty(); });
        if (waiting.empty()) return std::nullopt;
        Operation operation = std::move(waiting.front());
        waiting.pop_front();
        return operation;
    }

    Executor executor;
    SqliteSettings settings;
    std::shared_ptr<int> open = std::make_shared<int>(0);  ///< gone when the store is: completions then come to nothing
    SqliteDatabase database;
    std::mutex mutex;
    std::condition_variable more;
    std::deque<Operation> waiting;
    bool stopping = false;
    std::thread worker;
};

SqliteStore::SqliteStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
SqliteStore::~SqliteStore() = default;

SqliteStore::Opened SqliteStore::open(const std::string& path, Executor executor, const SqliteSettings& settings)
{
    auto state = std::make_unique<State>(std::move(executor), settings);
    if (const std::string problem = state->database.open(path, settings); !problem.empty())
        return {nullptr, path + ": " + problem};
    state->worker = std::thread([state = state.get()] { state->work(); });
    return {std::unique_ptr<SqliteStore>(new SqliteStore(std::move(state))), ""};
}

/// Each operation keeps the loop running until its completion was called. Callbacks are moved through the worker, never
/// copied: what they own is destroyed on the loop's thread.
void SqliteStore::put_all(std::vector<Write> writes, Durability durability, Done done)
{
    Completion too_many = [done] { done(too_many_waiting); };
    auto write = [work = asio::make_work_guard(state_->executor), writes = std::move(writes), durability,
                  done = std::move(done)](SqliteDatabase& database) mutable -> Completion {
        std::string problem = database.put_all(writes, durability);
        return [work = std::move(work), done = std::move(done), problem = std::move(problem)]() mutable {
            done(std::move(problem));
        };
    };
    state_->enqueue(std::move(write), std::move(too_many));
}

void SqliteStore::get(std::string space, std::string key, Found found)
{
    Completion too_many = [found] { found(too_many_waiting, std::nullopt); };
    auto read = [work = asio::make_work_guard(state_->executor), space = std::move(space), key = std::move(key),
                 found = std::move(found)](SqliteDatabase& database) mutable -> Completion {
        std::optional<std::string> value;
        std::string problem = database.get(space, key, value);
        return [work = std::move(work), found = std::move(found), problem = std::move(problem),
                value = std::move(value)]() mutable { found(std::move(problem), std::move(value)); };
    };
    state_->enqueue(std::move(read), std::move(too_many));
}

void SqliteStore::list(std::string space, Listed listed)
{
    Completion too_many = [listed] { listed(too_many_waiting, {}); };
    auto read = [work = asio::make_work_guard(state_->executor), space = std::move(space),
                 listed = std::move(listed)](SqliteDatabase& database) mutable -> Completion {
        std::vector<std::pair<std::string, std::string>> entries;
        std::string problem = database.list(space, entries);
        return [work = std::move(work), listed = std::move(listed), problem = std::move(problem),
                entries = std::move(entries)]() mutable { listed(std::move(problem), std::move(entries)); };
    };
    state_->enqueue(std::move(read), std::move(too_many));
}

}  // namespace chaos::store
