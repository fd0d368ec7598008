// Both stores behind one fixture.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "store/memory_store.hpp"
#include "store/sqlite_store.hpp"

namespace chaos::store::testing {

using Log = std::vector<std::string>;

/// A directory that goes with its owner.
class TemporaryFolder {
public:
    TemporaryFolder()
    {
        std::string name = (std::filesystem::temp_directory_path() / "chaos-store-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    ~TemporaryFolder() { std::filesystem::remove_all(path_); }
    std::string file(const std::string& name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

class MemoryKind {
public:
    static constexpr const char* name = "MemoryStore";
    std::unique_ptr<Store> open(MemoryStore::Executor executor)
    {
        return std::make_unique<MemoryStore>(executor, disk_);
    }
    void begin_busy() { disk_.be_busy(true); }
    void end_busy() { disk_.be_busy(false); }
    bool fill_and_reopen()
    {
        disk_.be_full(true);
        return false;
    }

private:
    MemoryDisk disk_;
};

class SqliteKind {
public:
    static constexpr const char* name = "SqliteStore";
    std::unique_ptr<Store> open(SqliteStore::Executor executor)
    {
        auto opened = SqliteStore::open(folder_.file("state.db"), executor, settings_);
        EXPECT_EQ(opened.problem, "");
        return std::move(opened.store);
    }
    /// Another program takes the file for itself.
    void begin_busy()
    {
        sqlite3_open(folder_.file("state.db").c_str(), &other_);
        sqlite3_exec(other_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
    }
    void end_busy() { sqlite3_close(std::exchange(other_, nullptr)); }
    bool fill_and_reopen()
    {
        settings_.max_file_bytes = 64 * 1024;
        return true;
    }

private:
    TemporaryFolder folder_;
    SqliteSettings settings_{std::chrono::milliseconds(1), 0, 100};
    sqlite3* other_ = nullptr;
};

using BothStores = ::testing::Types<MemoryKind, SqliteKind>;

struct StoreNames {
    template <class Kind>
    static std::string GetName(int)
    {
        return Kind::name;
    }
};

template <class Kind>
class InBothStores : public ::testing::Test {
protected:
    InBothStores() { reopen(); }

    Store& store() { return *store_; }
    void close() { store_.reset(); }
    void reopen()
    {
        close();
        store_ = kind_.open(loop_.get_executor());
    }
    void begin_busy() { kind_.begin_busy(); }
    void end_busy() { kind_.end_busy(); }
    void fill()
    {
        if (kind_.fill_and_reopen()) reopen();
    }

    /// Runs the loop until nothing is left to complete.
    void finish()
    {
        loop_.restart();
        loop_.run();
    }

    void put(const std::string& space, const std::string& key, std::optional<std::string> value)
    {
        put_all({{space, key, std::move(value)}});
    }
    void put_all(std::vector<Store::Write> writes)
    {
        store_->put_all(std::move(writes), Durability::process,
                        [this](std::string problem) { note(std::move(problem)); });
        finish();
    }
    std::optional<std::string> get(const std::string& space, const std::string& key)
    {
        std::optional<std::string> result;
        store_->get(space, key, [&](std::string problem, std::optional<std::string> value) {
            note(std::move(problem));
            result = std::move(value);
        });
        finish();
        return result;
    }
    std::vector<std::pair<std::string, std::string>> list(const std::string& space)
    {
        std::vector<std::pair<std::string, std::string>> result;
        store_->list(space, [&](std::string problem, auto entries) {
            note(std::move(problem));
            result = std::move(entries);
        });
        finish();
        return result;
    }
    /// What completions complained about.
    const Log& problems() const { return problems_; }

private:
    void note(std::string problem)
    {
        if (!problem.empty()) problems_.push_back(std::move(problem));
    }

    boost::asio::io_context loop_{1};
    Kind kind_;
    std::unique_ptr<Store> store_;
    Log problems_;
};

}  // namespace chaos::store::testing
