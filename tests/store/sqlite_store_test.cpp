// The store on disk: what it refuses to open, what it does when overloaded, and what a kill -9 leaves.
#include "store/sqlite_store.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <functional>
#include <set>

#include "tests/store/stores.hpp"

namespace chaos::store {
namespace {

using testing::Log;
using testing::TemporaryFolder;

std::string problem_opening(const std::string& path)
{
    boost::asio::io_context loop{1};
    return SqliteStore::open(path, loop.get_executor()).problem;
}

void execute(const std::string& path, const std::string& sql)
{
    sqlite3* database = nullptr;
    sqlite3_open(path.c_str(), &database);
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
    sqlite3_close(database);
}

TEST(SqliteStore, RefusesAFileThatIsNotADatabaseAndLeavesItAlone)
{
    const TemporaryFolder folder;
    const std::string path = folder.file("notes.txt");
    const std::string text(5000, 'n');
    std::ofstream(path) << text;
    EXPECT_EQ(problem_opening(path), path + ": file is not a database");
    std::string after;
    std::ifstream(path) >> after;
    EXPECT_EQ(after, text);
}

TEST(SqliteStore, RefusesAnotherProgramsDatabase)
{
    const TemporaryFolder folder;
    const std::string path = folder.file("other.db");
    execute(path, "CREATE TABLE bookmarks (url TEXT)");
    EXPECT_EQ(problem_opening(path), path + ": is a database of another program");
}

TEST(SqliteStore, RefusesASchemaItDoesNotKnow)
{
    const TemporaryFolder folder;
    const std::string path = folder.file("state.db");
    EXPECT_EQ(problem_opening(path), "");
    execute(path, "PRAGMA user_version = 7");
    EXPECT_EQ(problem_opening(path), path + ": has schema version 7; this program knows version 1");
}

TEST(SqliteStore, SaysWhyAFileCannotBeCreated)
{
    const TemporaryFolder folder;
    const std::string nowhere = folder.file("missing/state.db");
    EXPECT_EQ(problem_opening(nowhere), nowhere + ": No such file or directory");
}

TEST(SqliteStore, KeepsItsFilesToItself)
{
    const TemporaryFolder folder;
    const std::string path = folder.file("state.db");
    boost::asio::io_context loop{1};
    const auto opened = SqliteStore::open(path, loop.get_executor());
    opened.store->put_all({{"s", "k", "v"}}, Durability::process,
                          [](const std::string& problem) { EXPECT_EQ(problem, ""); });
    loop.run();
    for (const std::string& file : {path, path + "-wal"}) {
        struct stat status {};
        ASSERT_EQ(::stat(file.c_str(), &status), 0) << file;
        EXPECT_EQ(status.st_mode & 0777, 0600u) << file;
    }
}

TEST(SqliteStore, RefusesMoreThanMayWaitAndDoesTheRest)
{
    const TemporaryFolder folder;
    boost::asio::io_context loop{1};
    SqliteSettings settings;
    settings.max_waiting = 0;
    const auto opened = SqliteStore::open(folder.file("state.db"), loop.get_executor(), settings);
    Log log;
    opened.store->put_all({{"s", "k", "v"}}, Durability::process,
                          [&](const std::string& problem) { log.push_back(problem); });
    EXPECT_EQ(log, Log{});
    loop.run();
    EXPECT_EQ(log, (Log{"too many operations are waiting for the disk"}));
}

TEST(SqliteStore, WritesAllThatWasAskedForBeforeItGoes)
{
    const TemporaryFolder folder;
    boost::asio::io_context loop{1};
    auto first = SqliteStore::open(folder.file("state.db"), loop.get_executor());
    for (int i = 0; i < 100; ++i)
        first.store->put_all({{"s", std::to_string(i), "v"}}, Durability::process, [](const std::string&) { FAIL(); });
    first.store.reset();
    const auto second = SqliteStore::open(folder.file("state.db"), loop.get_executor());
    std::size_t found = 0;
    second.store->list("s", [&](const std::string&, const auto& entries) { found = entries.size(); });
    loop.run();
    EXPECT_EQ(found, 100u);
}

TEST(SqliteStore, GivesBackWhatIsFree)
{
    const TemporaryFolder folder;
    const std::string path = folder.file("state.db");
    constexpr int entries = 60;
    {
        boost::asio::io_context loop{1};
        const auto opened = SqliteStore::open(path, loop.get_executor());
        for (int i = 0; i < entries; ++i) {
            opened.store->put_all({{"s", std::to_string(i), std::string(512 * 1024, 'x')}}, Durability::process,
                                  [](const std::string& problem) { EXPECT_EQ(problem, ""); });
        }
        loop.run();
    }
    const auto full = std::filesystem::file_size(path);
    EXPECT_GT(full, 30u * 1024 * 1024);
    {
        boost::asio::io_context loop{1};
        const auto opened = SqliteStore::open(path, loop.get_executor());
        for (int i = 0; i < entries; ++i) {
            opened.store->put_all({{"s", std::to_string(i), std::nullopt}}, Durability::process,
                                  [](const std::string& problem) { EXPECT_EQ(problem, ""); });
        }
        loop.run();
    }
    EXPECT_LT(std::filesystem::file_size(path), full / 3) << "what later writes can use stays, the rest goes";
}

TEST(SqliteStore, WhatACompletionOwnsIsDestroyedOnTheLoopsThread)
{
    const TemporaryFolder folder;
    boost::asio::io_context loop{1};
    const auto opened = SqliteStore::open(folder.file("state.db"), loop.get_executor());
    // Not atomic, not locked: the thread sanitizer sees any touch by the worker.
    int destroyed = 0;
    struct Count {
        void operator()(int* count) const { ++*count; }
    };
    for (int i = 0; i < 100; ++i) {
        std::shared_ptr<int> owned(&destroyed, Count{});
        opened.store->put_all({{"s", "k", "v"}}, Durability::process, [owned](const std::string&) {});
    }
    loop.run();
    EXPECT_EQ(destroyed, 100);
}

/// Writes 1, 2, 3, ... and reports each one that is done; until it is killed.
[[noreturn]] void write_for_ever(const std::string& path, int report)
{
    boost::asio::io_context loop{1};
    const auto opened = SqliteStore::open(path, loop.get_executor());
    std::uint32_t number = 0;
    std::function<void()> write_next = [&] {
        ++number;
        const auto durability = number % 16 == 0 ? Durability::power : Durability::process;
        const std::string key = std::to_string(number);
        opened.store->put_all({{"a", key, key}, {"b", key, key}}, durability, [&, number](const std::string& problem) {
            if (problem.empty()) [[maybe_unused]]
                const auto written = ::write(report, &number, sizeof number);
            write_next();
        });
    };
    for (int in_flight = 0; in_flight < 4; ++in_flight) write_next();
    loop.run();
    ::_exit(1);
}

std::uint32_t next_report(int pipe)
{
    std::uint32_t number = 0;
    return ::read(pipe, &number, sizeof number) == sizeof number ? number : 0;
}

Log keys_in(Store& store, boost::asio::io_context& loop, const std::string& space)
{
    Log keys;
    store.list(space, [&](const std::string& problem, const auto& entries) {
        EXPECT_EQ(problem, "");
        for (const auto& [key, value] : entries) keys.push_back(key);
    });
    loop.restart();
    loop.run();
    return keys;
}

TEST(SqliteStore, AfterAKillEveryReportedWriteIsThereAndNoneIsHalfDone)
{
    const TemporaryFolder folder;
    const std::string path = folder.file("state.db");
    std::set<std::string> reported;
    for (int life = 0; life < 3; ++life) {
        int ends[2];
        ASSERT_EQ(::pipe(ends), 0);
        const pid_t child = ::fork();
        if (child == 0) write_for_ever(path, ends[1]);
        ::close(ends[1]);
        for (int i = 0; i < 200; ++i) reported.insert(std::to_string(next_report(ends[0])));
        ::kill(child, SIGKILL);
        while (const std::uint32_t number = next_report(ends[0])) reported.insert(std::to_string(number));
        ::close(ends[0]);
        int status = 0;
        ::waitpid(child, &status, 0);
        EXPECT_TRUE(WIFSIGNALED(status));
    }
    EXPECT_FALSE(reported.contains("0"));

    boost::asio::io_context loop{1};
    const auto opened = SqliteStore::open(path, loop.get_executor());
    ASSERT_EQ(opened.problem, "");
    const Log a = keys_in(*opened.store, loop, "a");
    const std::set<std::string> there(a.begin(), a.end());
    EXPECT_TRUE(std::includes(there.begin(), there.end(), reported.begin(), reported.end()));
    EXPECT_EQ(a, keys_in(*opened.store, loop, "b"));
}

}  // namespace
}  // namespace chaos::store
