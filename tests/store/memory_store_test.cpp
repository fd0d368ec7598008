// The simulated disk: what a crash and a power cut leave, and how slow it can be.
#include "store/memory_store.hpp"

#include <gtest/gtest.h>

#include "tests/store/stores.hpp"

namespace chaos::store {
namespace {

using testing::Log;

class SimulatedDisk : public ::testing::Test {
protected:
    void put(MemoryStore& store, const std::string& key, Durability durability = Durability::process)
    {
        store.put_all({{"s", key, "value"}}, durability,
                      [this, key](const std::string& problem) { log_.push_back(key + problem); });
    }
    void finish()
    {
        loop_.restart();
        loop_.run();
    }

    boost::asio::io_context loop_{1};
    MemoryDisk disk_;
    Log log_;
};

TEST_F(SimulatedDisk, KeepsWhatWasCompletedBeforeACrashAndNothingElse)
{
    {
        MemoryStore store(loop_.get_executor(), disk_);
        put(store, "first");
        put(store, "second");
        loop_.run_one();
    }
    finish();
    EXPECT_EQ(log_, (Log{"first"}));
    EXPECT_EQ(disk_.entries(), 1u);
    MemoryStore again(loop_.get_executor(), disk_);
    again.list("s",
               [this](const std::string&, const auto& entries) { log_.push_back("found " + entries.at(0).first); });
    finish();
    EXPECT_EQ(log_, (Log{"first", "found first"}));
}

TEST_F(SimulatedDisk, APowerCutLosesWhatWasPromisedToOutliveTheProcessOnly)
{
    MemoryStore store(loop_.get_executor(), disk_);
    put(store, "early");
    put(store, "synced", Durability::power);
    put(store, "late");
    store.put_all({{"s", "synced", "changed"}, {"s", "early", std::nullopt}}, Durability::process,
                  [](const std::string&) {});
    finish();
    disk_.cut_power();
    Log left;
    store.list("s", [&](const std::string&, const auto& entries) {
        for (const auto& [key, value] : entries) left.push_back(key + "=" + value);
    });
    finish();
    EXPECT_EQ(left, (Log{"early=value", "synced=value"}));
}

TEST_F(SimulatedDisk, ASlowDiskCompletesOneAfterTheOtherAtItsOwnPace)
{
    std::vector<std::function<void()>> at_work;
    disk_.be_slow([&](std::function<void()> done) { at_work.push_back(std::move(done)); });
    MemoryStore store(loop_.get_executor(), disk_);
    put(store, "first");
    put(store, "second");
    finish();
    EXPECT_EQ(log_, Log{});
    ASSERT_EQ(at_work.size(), 1u);
    at_work[0]();
    EXPECT_EQ(log_, (Log{"first"}));
    ASSERT_EQ(at_work.size(), 2u);
    disk_.be_well_paced();
    at_work[1]();
    put(store, "third");
    finish();
    EXPECT_EQ(log_, (Log{"first", "second", "third"}));
}

TEST_F(SimulatedDisk, AFullDiskCanStillBeRead)
{
    MemoryStore store(loop_.get_executor(), disk_);
    put(store, "k");
    finish();
    disk_.be_full(true);
    put(store, "l: ");
    store.get("s", "k",
              [this](const std::string& problem, const auto& value) { log_.push_back(problem + value.value_or("-")); });
    finish();
    EXPECT_EQ(log_, (Log{"k", "l: database or disk is full", "value"}));
}

}  // namespace
}  // namespace chaos::store
