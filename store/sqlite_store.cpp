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

/// The thread, its queue, and the database it works on.
class SqliteWorker {
public:
    /// Works on the database, in the worker, and returns what is to be called on the loop.
    using Operation = std::function<Completion(SqliteDatabase&)>;
    using Executor = SqliteStore::Executor;

    SqliteWorker(Executor executor, const SqliteSettings& settings)
        : executor_(std::move(executor)), most_waiting_(settings.max_waiting)
    {
    }
    ~SqliteWorker()
    {
        stop();
        if (thread_.joinable()) thread_.join();
    }

    const Executor& executor() const { return executor_; }

    /// SQLite's complaint, or nothing and the worker works from now on.
    std::string start(const std::string& path, const SqliteSettings& settings)
    {
        std::string problem = database_.open(path, settings);
        if (problem.empty()) thread_ = std::thread([this] { work(); });
        return problem;
    }

    /// `too_many` is what to call on the loop if the operation cannot be taken.
    void enqueue(Operation operation, Completion too_many)
    {
        if (!take(operation)) complete(std::move(too_many));
        more_.notify_one();
    }

private:
    /// Moves from `operation` only if there is room. (It keeps the loop running, which must not stop before too_many.)
    bool take(Operation& operation)
    {
        const std::lock_guard lock(mutex_);
        if (waiting_.size() >= most_waiting_) return false;
        waiting_.push_back(std::move(operation));
        return true;
    }

    void work()
    {
        while (std::optional<Operation> operation = next()) complete((*operation)(database_));
    }

    /// Nothing when the store is being destroyed and all is done.
    std::optional<Operation> next()
    {
        std::unique_lock lock(mutex_);
        more_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        if (waiting_.empty()) return std::nullopt;
        Operation operation = std::move(waiting_.front());
        waiting_.pop_front();
        return operation;
    }

    void complete(Completion completion)
    {
        asio::post(executor_, [alive = std::weak_ptr<int>(alive_), completion = std::move(completion)] {
            if (!alive.expired()) completion();
        });
    }

    void stop()
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        more_.notify_one();
    }

    Executor executor_;
    std::size_t most_waiting_;
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);  ///< completions after the store's end come to nothing
    SqliteDatabase database_;                                ///< the thread's alone, once it runs
    std::mutex mutex_;
    std::condition_variable more_;
    std::deque<Operation> waiting_;
    bool stopping_ = false;
    std::thread thread_;
};

SqliteStore::SqliteStore(std::unique_ptr<SqliteWorker> worker) : worker_(std::move(worker)) {}
SqliteStore::~SqliteStore() = default;

SqliteStore::Opened SqliteStore::open(const std::string& path, Executor executor, const SqliteSettings& settings)
{
    auto worker = std::make_unique<SqliteWorker>(std::move(executor), settings);
    if (const std::string problem = worker->start(path, settings); !problem.empty())
        return {nullptr, path + ": " + problem};
    return {std::make_unique<SqliteStore>(std::move(worker)), ""};
}

/// Each operation keeps the loop running until its completion was called. Callbacks are moved through the worker, never
/// copied: what they own is destroyed on the loop's thread.
void SqliteStore::put_all(std::vector<Write> writes, Durability durability, Done done)
{
    Completion too_many = [done] { done(too_many_waiting); };
    auto write = [work = asio::make_work_guard(worker_->executor()), writes = std::move(writes), durability,
                  done = std::move(done)](SqliteDatabase& database) mutable -> Completion {
        std::string problem = database.put_all(writes, durability);
        return [work = std::move(work), done = std::move(done), problem = std::move(problem)]() mutable {
            done(std::move(problem));
        };
    };
    worker_->enqueue(std::move(write), std::move(too_many));
}

void SqliteStore::get(std::string space, std::string key, Found found)
{
    Completion too_many = [found] { found(too_many_waiting, std::nullopt); };
    auto read = [work = asio::make_work_guard(worker_->executor()), space = std::move(space), key = std::move(key),
                 found = std::move(found)](SqliteDatabase& database) mutable -> Completion {
        std::optional<std::string> value;
        std::string problem = database.get(space, key, value);
        return [work = std::move(work), found = std::move(found), problem = std::move(problem),
                value = std::move(value)]() mutable { found(std::move(problem), std::move(value)); };
    };
    worker_->enqueue(std::move(read), std::move(too_many));
}

void SqliteStore::list(std::string space, Listed listed)
{
    Completion too_many = [listed] { listed(too_many_waiting, {}); };
    auto read = [work = asio::make_work_guard(worker_->executor()), space = std::move(space),
                 listed = std::move(listed)](SqliteDatabase& database) mutable -> Completion {
        std::vector<std::pair<std::string, std::string>> entries;
        std::string problem = database.list(space, entries);
        return [work = std::move(work), listed = std::move(listed), problem = std::move(problem),
                entries = std::move(entries)]() mutable { listed(std::move(problem), std::move(entries)); };
    };
    worker_->enqueue(std::move(read), std::move(too_many));
}

}  // namespace chaos::store
