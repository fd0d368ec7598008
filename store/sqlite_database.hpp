// The SQLite file of a store: its schema and its three statements. Used by one thread at a time.
#pragma once

#include <sqlite3.h>

#include <memory>

#include "store/sqlite_store.hpp"

namespace chaos::store {

/// Every function returns SQLite's own words for what went wrong, or nothing.
class SqliteDatabase {
public:
    std::string open(const std::string& path, const SqliteSettings& settings);

    std::string put_all(const std::vector<Store::Write>& writes, Durability durability);
    std::string get(const std::string& space, const std::string& key, std::optional<std::string>& value);
    std::string list(const std::string& space, std::vector<std::pair<std::string, std::string>>& entries);

private:
    struct CloseDatabase {
        void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
    };
    struct FinalizeStatement {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };
    using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

    std::string check_schema();
    std::string use_write_ahead_log();
    std::string promise(Durability durability);
    std::string write(const Store::Write& write);
    void give_back_free_pages();
    std::string execute(const std::string& sql);
    /// The single integer a query yields.
    std::string ask(const std::string& sql, std::int64_t& answer);
    std::string prepare(const std::string& sql, Statement& statement);
    std::string complaint() const { return sqlite3_errmsg(database_.get()); }

    std::unique_ptr<sqlite3, CloseDatabase> database_;
    Statement insert_;
    Statement remove_;
    Statement select_;
    Statement select_all_;
    std::optional<Durability> promised_;
};

}  // namespace chaos::store
