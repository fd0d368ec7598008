// A store in one SQLite file, worked by one thread of its own beside the event loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>

#include "store/store.hpp"

namespace chaos::store {

struct SqliteSettings {
    /// How long an operation waits for another process that holds the file, before "database is locked".
    std::chrono::milliseconds busy_timeout{2'000};
    /// Beyond it writes fail with "database or disk is full"; 0: as large as the disk. Rounded to whole pages of 4 KiB.
    std::size_t max_file_bytes = 0;
    /// Operations that may wait for the disk; further ones fail at once with "too many operations are waiting".
    std::size_t max_waiting = 100'000;
};

class SqliteWorker;

/// Not for simulations: its completions come from another thread, in real time.
class SqliteStore final : public Store {
public:
    using Executor = boost::asio::io_context::executor_type;

    struct Opened {
        std::unique_ptr<SqliteStore> store;  ///< null if there is a problem
        std::string problem;                 ///< with the path, e.g. "state.db: file is not a database"
    };

    /// Opens the file, or creates it (readable by its owner only). The loop behind `executor` must outlive the store,
    /// and the store must be destroyed on the loop's thread.
    static Opened open(const std::string& path, Executor executor, const SqliteSettings& settings = {});

    /// Use open().
    explicit SqliteStore(std::unique_ptr<SqliteWorker> worker);
    /// Waits until everything asked for so far is written.
    ~SqliteStore() override;

    void put_all(std::vector<Write> writes, Durability durability, Done done) override;
    void get(std::string space, std::string key, Found found) override;
    void list(std::string space, Listed listed) override;

private:
    std::unique_ptr<SqliteWorker> worker_;
};

}  // namespace chaos::store
