// One suite over both stores: what is written is found again, in order, atomically, and after reopening.
#include "store/store.hpp"

#include <gtest/gtest.h>

#include "tests/store/stores.hpp"

namespace chaos::store {
namespace {

using namespace std::string_literals;
using testing::InBothStores;
using testing::Log;

template <class Kind>
using AnyStore = InBothStores<Kind>;
TYPED_TEST_SUITE(AnyStore, testing::BothStores, testing::StoreNames);

TYPED_TEST(AnyStore, FindsWhatWasWritten)
{
    this->put("checkpoints", "task 1", "step 7");
    EXPECT_EQ(this->get("checkpoints", "task 1"), "step 7");
    EXPECT_EQ(this->get("checkpoints", "task 2"), std::nullopt);
    EXPECT_EQ(this->get("idempotency", "task 1"), std::nullopt);
}

TYPED_TEST(AnyStore, ALaterWriteReplacesAnEarlierOneAndNothingRemoves)
{
    this->put("s", "k", "first");
    this->put("s", "k", "second");
    EXPECT_EQ(this->get("s", "k"), "second");
    this->put("s", "k", std::nullopt);
    EXPECT_EQ(this->get("s", "k"), std::nullopt);
    this->put("s", "k", std::nullopt);
    EXPECT_EQ(this->problems(), Log{});
}

TYPED_TEST(AnyStore, KeepsAnyBytes)
{
    const std::string bytes = "\0 zero, \xff not UTF-8, 'quotes', \n"s;
    this->put("s", bytes, bytes);
    this->put("s", "", "empty key");
    this->put("s", "empty value", "");
    this->put("s", "large", std::string(3'000'000, 'x'));
    EXPECT_EQ(this->get("s", bytes), bytes);
    EXPECT_EQ(this->get("s", ""), "empty key");
    EXPECT_EQ(this->get("s", "empty value"), "");
    EXPECT_EQ(this->get("s", "large")->size(), 3'000'000u);
}

TYPED_TEST(AnyStore, ListsANamespaceByKey)
{
    for (const char* key : {"b", "a", "\xc3\xa4", "B", "ab"}) this->put("s", key, std::string("value of ") + key);
    this->put("other", "c", "elsewhere");
    Log keys;
    for (const auto& [key, value] : this->list("s")) {
        EXPECT_EQ(value, "value of " + key);
        keys.push_back(key);
    }
    EXPECT_EQ(keys, (Log{"B", "a", "ab", "b", "\xc3\xa4"}));
    EXPECT_TRUE(this->list("nothing here").empty());
}

TYPED_TEST(AnyStore, CompletesLaterAndInTheOrderOfTheCalls)
{
    Log log;
    this->store().put_all({{"s", "k", "1"}}, Durability::process,
                          [&](const std::string& problem) { log.push_back("put" + problem); });
    this->store().get("s", "k", [&](const std::string&, const std::optional<std::string>& value) {
        log.push_back("got " + value.value_or("nothing"));
    });
    this->store().put_all({{"s", "k", "2"}}, Durability::power,
                          [&](const std::string&) { log.push_back("put again"); });
    this->store().list(
        "s", [&](const std::string&, const auto& entries) { log.push_back("listed " + entries.at(0).second); });
    EXPECT_EQ(log, Log{});
    this->finish();
    EXPECT_EQ(log, (Log{"put", "got 1", "put again", "listed 2"}));
}

TYPED_TEST(AnyStore, ACompletionMayAskForMore)
{
    Log log;
    this->store().put_all({{"s", "k", "1"}}, Durability::process, [&](const std::string&) {
        this->store().get("s", "k", [&](const std::string&, const auto& value) { log.push_back(*value); });
    });
    this->finish();
    EXPECT_EQ(log, (Log{"1"}));
}

TYPED_TEST(AnyStore, WritesOfOneCallBelongTogether)
{
    this->put_all({{"a", "k", "1"}, {"b", "k", "2"}, {"a", "k", "3"}, {"c", "k", std::nullopt}});
    EXPECT_EQ(this->get("a", "k"), "3");
    EXPECT_EQ(this->get("b", "k"), "2");
    this->put_all({});
    EXPECT_EQ(this->problems(), Log{});
}

TYPED_TEST(AnyStore, IsThereAgainAfterReopening)
{
    this->put("s", "k", "v");
    this->put("s", "gone", "v");
    this->put("s", "gone", std::nullopt);
    this->reopen();
    EXPECT_EQ(this->get("s", "k"), "v");
    EXPECT_EQ(this->get("s", "gone"), std::nullopt);
}

TYPED_TEST(AnyStore, CallsNobodyOnceItIsDestroyed)
{
    this->store().put_all({{"s", "k", "v"}}, Durability::process, [](const std::string&) { FAIL(); });
    this->reopen();
    this->finish();
}

TYPED_TEST(AnyStore, MayBeDestroyedByItsOwnCompletion)
{
    Log log;
    this->store().put_all({{"s", "k", "v"}}, Durability::process, [&](const std::string&) {
        this->close();
        log.push_back("closed");
    });
    this->store().get("s", "k", [](const std::string&, const auto&) { FAIL(); });
    this->finish();
    EXPECT_EQ(log, (Log{"closed"}));
}

TYPED_TEST(AnyStore, ABusyStoreSaysSoAndWritesNothing)
{
    this->put("s", "k", "before");
    this->begin_busy();
    this->put("s", "k", "during");
    this->end_busy();
    EXPECT_EQ(this->problems(), (Log{"database is locked"}));
    EXPECT_EQ(this->get("s", "k"), "before");
}

TYPED_TEST(AnyStore, AFullStoreSaysSoAndWritesAllOrNothing)
{
    this->put("s", "k", "before");
    this->fill();
    this->put_all({{"s", "k", "half of it"}, {"s", "big", std::string(1'000'000, 'x')}});
    EXPECT_EQ(this->problems(), (Log{"database or disk is full"}));
    EXPECT_EQ(this->get("s", "k"), "before");
    EXPECT_EQ(this->get("s", "big"), std::nullopt);
}

}  // namespace
}  // namespace chaos::store
