// The book of the queue: bounds, order, ages, and what a restart makes of what it finds.
#include "router/tools/queue_book.hpp"

#include <gtest/gtest.h>

namespace chaos::router {
namespace {

using namespace std::chrono_literals;

net::Instant at_second(int second)
{
    return net::Instant(std::chrono::seconds(second));
}
net::WallTime wall_second(int second)
{
    return net::WallTime(std::chrono::seconds(1'700'000'000 + second));
}

Dependencies one_queue(bool in_order = false)
{
    Dependency tool;
    tool.name = "mail";
    tool.strategy = Strategy::queue_and_retry;
    tool.queue.entries = 4;
    tool.queue.bytes = 100;
    tool.queue.max_age = 100s;
    tool.queue.keep_results = 50s;
    tool.queue.keep_dead = 500s;
    tool.queue.at_once = 2;
    tool.queue.in_order = in_order;
    return Dependencies{{tool}};
}

QueuedCall call_number(std::uint64_t number, CallState state = CallState::waiting)
{
    QueuedCall call;
    call.number = number;
    call.id = "q" + std::to_string(number);
    call.tool = "mail";
    call.state = state;
    call.bytes = 10;
    call.accepted_at = wall_second(0);
    call.finished_at = wall_second(0);
    return call;
}

template <class Value>
QueuedCall with(Value QueuedCall::*member, Value value, QueuedCall call)
{
    call.*member = value;
    return call;
}

void becomes(QueueBook& book, const std::string& id, CallState state)
{
    book.change(id, [state](QueuedCall& call) { call.state = state; });
}

std::string due_id(QueueBook& book, const Dependencies& tools, int second)
{
    const QueuedCall* call = book.due(tools.all[0], at_second(second));
    return call == nullptr ? "nobody" : call->id;
}

TEST(QueueBook, several_at_once_the_earliest_first)
{
    const Dependencies tools = one_queue();
    QueueBook book(tools);
    book.add(with(&QueuedCall::not_before, at_second(5), call_number(1)));
    book.add(with(&QueuedCall::not_before, at_second(3), call_number(2)));
    book.add(with(&QueuedCall::not_before, at_second(3), call_number(3)));
    EXPECT_EQ(due_id(book, tools, 2), "nobody");
    EXPECT_EQ(book.next_due(at_second(2)), at_second(3));
    EXPECT_EQ(due_id(book, tools, 9), "q2");
    becomes(book, "q2", CallState::in_flight);
    EXPECT_EQ(due_id(book, tools, 9), "q3");
    becomes(book, "q3", CallState::in_flight);
    EXPECT_EQ(due_id(book, tools, 9), "nobody") << "two at once";
    becomes(book, "q3", CallState::done);
    EXPECT_EQ(due_id(book, tools, 9), "q1");
}

TEST(QueueBook, in_order_a_call_that_waits_holds_up_the_rest)
{
    const Dependencies tools = one_queue(true);
    QueueBook book(tools);
    book.add(with(&QueuedCall::not_before, at_second(5), call_number(1)));
    book.add(call_number(2));
    EXPECT_EQ(due_id(book, tools, 1), "nobody");
    EXPECT_EQ(due_id(book, tools, 5), "q1");
    becomes(book, "q1", CallState::in_flight);
    EXPECT_EQ(due_id(book, tools, 9), "nobody");
    becomes(book, "q1", CallState::dead);
    EXPECT_EQ(due_id(book, tools, 9), "q2");
    book.add(call_number(3, CallState::accepting));
    book.add(call_number(4));
    becomes(book, "q2", CallState::done);
    EXPECT_EQ(due_id(book, tools, 9), "nobody") << "the one before it is not durable yet";
}

TEST(QueueBook, is_bounded_and_only_results_give_way)
{
    const Dependencies tools = one_queue();
    const Dependency& tool = tools.all[0];
    QueueBook book(tools);
    std::vector<std::string> gone;
    EXPECT_FALSE(book.make_room(tool, 101, gone)) << "longer than the whole queue";
    for (std::uint64_t i = 1; i <= 4; ++i) {
        EXPECT_TRUE(book.make_room(tool, 10, gone));
        book.add(call_number(i));
    }
    EXPECT_FALSE(book.make_room(tool, 10, gone)) << "as many as there may be";
    becomes(book, "q1", CallState::dead);
    EXPECT_FALSE(book.make_room(tool, 10, gone)) << "a dead letter does not give way";
    becomes(book, "q2", CallState::done);
    EXPECT_TRUE(book.make_room(tool, 10, gone));
    EXPECT_TRUE(gone.empty()) << "there is room beside the result";
    book.change("q2", [](QueuedCall& call) { call.bytes = 65; });
    EXPECT_TRUE(book.make_room(tool, 10, gone));
    EXPECT_EQ(gone, std::vector<std::string>{"q2"}) << "it gives way";
    EXPECT_EQ(book.find("q2"), nullptr);
    book.change("q3", [](QueuedCall& call) { call.bytes = 75; });
    EXPECT_FALSE(book.make_room(tool, 10, gone)) << "as many bytes as there may be";
}

TEST(QueueBook, who_is_refused_learns_when_to_come_again)
{
    const Dependencies tools = one_queue();
    QueueBook book(tools);
    EXPECT_EQ(book.wait_for_room(tools.all[0], at_second(0)), 60s);
    book.add(with(&QueuedCall::not_before, at_second(500), call_number(1)));
    EXPECT_EQ(book.wait_for_room(tools.all[0], at_second(0)), 60s);
    book.add(with(&QueuedCall::not_before, at_second(7), call_number(2)));
    EXPECT_EQ(book.wait_for_room(tools.all[0], at_second(0)), 7s);
    EXPECT_EQ(book.wait_for_room(tools.all[0], at_second(9)), 1s);
}

TEST(QueueBook, calls_get_too_old_and_are_forgotten)
{
    const Dependencies tools = one_queue();
    QueueBook book(tools);
    book.add(with(&QueuedCall::accepted_at, wall_second(10), call_number(1)));
    book.add(call_number(2, CallState::in_flight));
    book.add(with(&QueuedCall::finished_at, wall_second(70), call_number(3, CallState::done)));
    EXPECT_EQ(book.next_end(), wall_second(110));
    EXPECT_TRUE(book.take_too_old(wall_second(109)).empty());
    const auto too_old = book.take_too_old(wall_second(110));
    ASSERT_EQ(too_old.size(), 1U) << "what is under way is not touched";
    EXPECT_EQ(too_old[0]->id, "q1");
    EXPECT_EQ(too_old[0]->state, CallState::dead);
    EXPECT_NE(too_old[0]->why.find("too long"), std::string::npos);
    EXPECT_EQ(book.next_end(), wall_second(120));
    EXPECT_EQ(book.take_forgotten(wall_second(120)), std::vector<std::string>{"q3"});
    EXPECT_EQ(book.take_forgotten(wall_second(609)), std::vector<std::string>{});
    EXPECT_EQ(book.take_forgotten(wall_second(610)), std::vector<std::string>{"q1"});
    EXPECT_EQ(book.depth("mail").pending, 1U);
}

TEST(QueueBook, a_hundred_thousand_calls_are_no_burden)
{
    constexpr std::uint64_t many = 100'000;  // a walk over all for each of them would take minutes
    Dependencies tools = one_queue();
    tools.all[0].queue.entries = many;
    tools.all[0].queue.bytes = many * 10;
    QueueBook book(tools);
    std::vector<std::string> gone;
    for (std::uint64_t number = 1; number <= many; ++number) {
        ASSERT_TRUE(book.make_room(tools.all[0], 10, gone));
        book.add(call_number(number));
    }
    EXPECT_FALSE(book.make_room(tools.all[0], 10, gone));
    for (std::uint64_t number = 1; number <= many; ++number) {
        const QueuedCall* call = book.due(tools.all[0], at_second(1));
        ASSERT_NE(call, nullptr);
        ASSERT_EQ(call->number, number);
        becomes(book, call->id, CallState::in_flight);
        becomes(book, call->id, CallState::done);
        ASSERT_EQ(book.depth("mail").pending, many - number);
        ASSERT_EQ(book.next_due(at_second(1)), std::nullopt);
        ASSERT_TRUE(book.next_end());
    }
    EXPECT_EQ(book.take_forgotten(wall_second(50)).size(), many);
}

TEST(QueueBook, what_a_restart_makes_of_each_state)
{
    struct Row {
        const char* name;
        CallState state;
        bool marked;
        bool keyed;
        CallState becomes;
    };
    const std::vector<Row> rows{
        {"waiting", CallState::waiting, false, false, CallState::waiting},
        {"waiting, keyed", CallState::waiting, false, true, CallState::waiting},
        {"in flight without a key", CallState::in_flight, true, false, CallState::dead},
        {"marked and waiting", CallState::waiting, true, false, CallState::dead},
        {"in flight with a key", CallState::in_flight, false, true, CallState::waiting},
        {"in flight, marked, with a key", CallState::in_flight, true, true, CallState::waiting},
        {"done", CallState::done, true, false, CallState::done},
        {"dead", CallState::dead, true, false, CallState::dead},
    };
    const Dependencies tools = one_queue();
    for (const Row& row : rows) {
        QueueBook book(tools);
        QueuedCall call = call_number(1, row.state);
        call.marked = row.marked;
        call.keyed = row.keyed;
        call.due_at = wall_second(30);
        const auto stored = read_queued_call(write_queued_call(call));
        ASSERT_TRUE(stored) << row.name;
        const bool letter = book.restore(*stored, at_second(0), wall_second(20));
        EXPECT_EQ(book.find("q1")->state, row.becomes) << row.name;
        EXPECT_EQ(letter, row.becomes == CallState::dead && row.state != CallState::dead) << row.name;
        if (row.becomes == CallState::waiting) {
            EXPECT_EQ(book.find("q1")->not_before, at_second(10)) << "what was asked for is kept over the restart";
        }
    }
}

TEST(QueueBook, a_call_comes_back_from_its_record)
{
    QueuedCall call = call_number(7, CallState::dead);
    call.caller = "somebody";
    call.identity = "identity";
    call.fingerprint = "print";
    call.keyed = true;
    call.attempts = 3;
    call.endpoint = 1;
    call.why = "because";
    const auto back = read_queued_call(write_queued_call(call));
    ASSERT_TRUE(back);
    EXPECT_EQ(write_queued_call(*back), write_queued_call(call));
    EXPECT_EQ(back->why, "because");
    EXPECT_FALSE(read_queued_call(""));
    EXPECT_FALSE(read_queued_call(write_queued_call(call).substr(0, 40)));
}

TEST(QueueBook, a_key_is_found_as_long_as_its_call_is_known)
{
    const Dependencies tools = one_queue();
    QueueBook book(tools);
    QueuedCall call = call_number(1);
    call.identity = "key";
    book.add(call);
    book.add(call_number(2));
    ASSERT_NE(book.find_keyed("key"), nullptr);
    EXPECT_EQ(book.find_keyed("other"), nullptr);
    book.remove("q1");
    EXPECT_EQ(book.find_keyed("key"), nullptr);
    EXPECT_EQ(book.depth("mail").pending, 1U);
}

}  // namespace
}  // namespace chaos::router
