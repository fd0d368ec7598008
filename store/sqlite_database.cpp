// SQL.
#include "store/sqlite_database.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace chaos::store {
namespace {

constexpr std::int64_t application_id = 0x63'68'61'6f;  // "chao": tells our files from other programs' databases
constexpr std::int64_t schema_version = 1;
constexpr std::size_t page_size = 4096;

/// Free pages are given back when there are this many, and they are this part of the file.
constexpr std::int64_t many_free_pages = 1024;
constexpr std::int64_t part_that_is_free = 4;

constexpr const char* create_schema =
    "PRAGMA auto_vacuum = INCREMENTAL;"
    "BEGIN IMMEDIATE;"
    "CREATE TABLE IF NOT EXISTS entries (space TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,"
    " PRIMARY KEY (space, key)) WITHOUT ROWID;"
    "PRAGMA application_id = {};"
    "PRAGMA user_version = {};"
    "COMMIT;";

/// SQLite would create the file for everyone to read; its log files take over the mode of the file.
std::string create_private_file(const std::string& path)
{
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0) return std::strerror(errno);
    ::close(file);
    return {};
}

void bind(sqlite3_stmt* statement, int place, const std::string& text)
{
    sqlite3_bind_text64(statement, place, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

std::string column(sqlite3_stmt* statement, int number)
{
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, number));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, number));
    return bytes == nullptr ? std::string() : std::string(bytes, size);
}

/// A prepared statement in use; reset at the end, so that it keeps no lock.
class Run {
public:
    explicit Run(sqlite3_stmt* statement) : statement_(statement) {}
    ~Run()
    {
        sqlite3_reset(statement_);
        sqlite3_clear_bindings(statement_);
    }
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    int step() { return sqlite3_step(statement_); }

private:
    sqlite3_stmt* statement_;
};

}  // namespace

std::string SqliteDatabase::open(const std::string& path, const SqliteSettings& settings)
{
    if (std::string problem = create_private_file(path); !problem.empty()) return problem;
    sqlite3* opened = nullptr;
    const int result = sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    database_.reset(opened);
    if (result != SQLITE_OK) return complaint();
    sqlite3_busy_timeout(opened, static_cast<int>(settings.busy_timeout.count()));
    std::string problem = check_schema();
    if (problem.empty()) problem = use_write_ahead_log();
    if (problem.empty()) problem = execute("PRAGMA journal_size_limit = 16777216");  // of the log, once it is copied
    if (problem.empty()) problem = promise(Durability::power);
    if (problem.empty() && settings.max_file_bytes > 0)
        problem = execute(fmt::format("PRAGMA max_page_count = {}", settings.max_file_bytes / page_size));
    if (problem.empty())
        problem =
            prepare("INSERT INTO entries VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", insert_);
    if (problem.empty()) problem = prepare("DELETE FROM entries WHERE space = ? AND key = ?", remove_);
    if (problem.empty()) problem = prepare("SELECT value FROM entries WHERE space = ? AND key = ?", select_);
    if (problem.empty()) problem = prepare("SELECT key, value FROM entries WHERE space = ? ORDER BY key", select_all_);
    return problem;
}

std::string SqliteDatabase::check_schema()
{
    std::int64_t application = 0;
    std::int64_t version = 0;
    std::int64_t tables = 0;
    std::string problem = ask("PRAGMA application_id", application);
    if (problem.empty()) problem = ask("PRAGMA user_version", version);
    if (problem.empty()) problem = ask("SELECT count(*) FROM sqlite_schema", tables);
    if (!problem.empty()) return problem;
    if (tables == 0) return execute(fmt::format(create_schema, application_id, schema_version));
    if (application != application_id) return "is a database of another program";
    if (version != schema_version)
        return fmt::format("has schema version {}; this program knows version {}", version, schema_version);
    return {};
}

/// With a write-ahead log, a commit is one append, and a crash in the middle of it leaves the file whole.
std::string SqliteDatabase::use_write_ahead_log()
{
    Statement statement;
    if (std::string problem = prepare("PRAGMA journal_mode = WAL", statement); !problem.empty()) return problem;
    if (sqlite3_step(statement.get()) != SQLITE_ROW) return complaint();
    const std::string mode = column(statement.get(), 0);
    return mode == "wal" ? "" : fmt::format("cannot keep a write-ahead log here (journal mode is {})", mode);
}

/// NORMAL leaves a commit to the operating system, which outlives this process; FULL waits for the disk.
std::string SqliteDatabase::promise(Durability durability)
{
    if (promised_ == durability) return {};
    promised_.reset();
    std::string problem =
        execute(durability == Durability::power ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    if (problem.empty()) promised_ = durability;
    return problem;
}

std::string SqliteDatabase::put_all(const std::vector<Store::Write>& writes, Durability durability)
{
    std::string problem = promise(durability);
    if (problem.empty()) problem = execute("BEGIN IMMEDIATE");
    if (!problem.empty()) return problem;
    for (const Store::Write& one : writes) {
        problem = write(one);
        if (!problem.empty()) break;
    }
    if (problem.empty()) problem = execute("COMMIT");
    if (!problem.empty() && sqlite3_get_autocommit(database_.get()) == 0) execute("ROLLBACK");
    const bool removed = std::any_of(writes.begin(), writes.end(), [](const Store::Write& one) { return !one.value; });
    if (problem.empty() && removed) give_back_free_pages();
    return problem;
}

/// What was removed leaves free pages, which later writes use; many of them are given back to the disk. That it cannot
/// be done is no harm: it is tried again after the next removal.
void SqliteDatabase::give_back_free_pages()
{
    std::int64_t free_pages = 0;
    std::int64_t pages = 0;
    if (!ask("PRAGMA freelist_count", free_pages).empty() || free_pages < many_free_pages) return;
    if (!ask("PRAGMA page_count", pages).empty() || free_pages < pages / part_that_is_free) return;
    execute(fmt::format("PRAGMA incremental_vacuum({})", many_free_pages));
}

std::string SqliteDatabase::write(const Store::Write& write)
{
    sqlite3_stmt* statement = write.value ? insert_.get() : remove_.get();
    Run run(statement);
    bind(statement, 1, write.space);
    bind(statement, 2, write.key);
    if (write.value) sqlite3_bind_blob64(statement, 3, write.value->data(), write.value->size(), SQLITE_STATIC);
    return run.step() == SQLITE_DONE ? "" : complaint();
}

std::string SqliteDatabase::get(const std::string& space, const std::string& key, std::optional<std::string>& value)
{
    Run run(select_.get());
    bind(select_.get(), 1, space);
    bind(select_.get(), 2, key);
    const int result = run.step();
    if (result == SQLITE_ROW) value = column(select_.get(), 0);
    return result == SQLITE_ROW || result == SQLITE_DONE ? "" : complaint();
}

std::string SqliteDatabase::list(const std::string& space, std::vector<std::pair<std::string, std::string>>& entries)
{
    Run run(select_all_.get());
    bind(select_all_.get(), 1, space);
    int result = run.step();
    for (; result == SQLITE_ROW; result = run.step()) {
        std::string key = column(select_all_.get(), 0);
        entries.emplace_back(std::move(key), column(select_all_.get(), 1));
    }
    if (result == SQLITE_DONE) return {};
    entries.clear();
    return complaint();
}

std::string SqliteDatabase::execute(const std::string& sql)
{
    return sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK ? "" : complaint();
}

std::string SqliteDatabase::ask(const std::string& sql, std::int64_t& answer)
{
    Statement statement;
    if (std::string problem = prepare(sql, statement); !problem.empty()) return problem;
    if (sqlite3_step(statement.get()) != SQLITE_ROW) return complaint();
    answer = sqlite3_column_int64(statement.get(), 0);
    return {};
}

std::string SqliteDatabase::prepare(const std::string& sql, Statement& statement)
{
    sqlite3_stmt* prepared = nullptr;
    const int result =
        sqlite3_prepare_v3(database_.get(), sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
    statement.reset(prepared);
    return result == SQLITE_OK ? "" : complaint();
}

}  // namespace chaos::store
