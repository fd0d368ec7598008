// Task groups, conditions, sleeps and watchdogs: the same in both worlds.
#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "net/condition.hpp"
#include "net/task_group.hpp"
#include "net/watchdog.hpp"
#include "tests/net/worlds.hpp"

namespace chaos::net {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using Log = std::vector<std::string>;

template <class World>
using Tasks = InBothWorlds<World>;
TYPED_TEST_SUITE(Tasks, BothWorlds, WorldNames);

Task<void> note(Log& log, std::string what)
{
    log.push_back(std::move(what));
    co_return;
}

Task<void> note_after(Clock& clock, Duration d, Log& log, std::string what)
{
    co_await sleep_for(clock, d);
    log.push_back(std::move(what));
}

/// Waits, and notes how that ended.
Task<void> note_wait(Condition& condition, Log& log, std::string who)
{
    try {
        co_await condition.wait();
        log.push_back(who + " woke");
    } catch (const boost::system::system_error& error) {
        log.push_back(who + (error.code() == asio::error::operation_aborted ? " aborted" : " failed"));
        throw;
    }
}

Task<void> fail_with(std::string what)
{
    throw std::runtime_error(what);
    co_return;
}

/// What an exception says, of a task that throws one.
Task<std::string> complaint_of(Task<void> task)
{
    try {
        co_await std::move(task);
    } catch (const std::exception& problem) {
        co_return problem.what();
    }
    co_return "no complaint";
}

WORLD_STORY(Tasks, OneThatIsOverBeforeItIsAwaitedGivesItsValueAtOnce)
{
    const int number = co_await Task<int>::done(3);
    EXPECT_EQ(number, 3);
    Task<std::unique_ptr<int>> moved = Task<std::unique_ptr<int>>::done(std::make_unique<int>(4));
    Task<std::unique_ptr<int>> taken(std::move(moved));
    const std::unique_ptr<int> pointer = co_await std::move(taken);
    EXPECT_EQ(*pointer, 4);
    co_await Task<void>::done();
    TaskGroup group(world.executor());
    group.spawn(Task<void>::done());
    co_await group.join();
}

WORLD_STORY(Tasks, AStartedTaskBeginsAtOnceAndWhatItThrowsIsDropped)
{
    Log log;
    start_task(world.executor(), note(log, "first"));
    start_task(world.executor(), fail_with("nobody hears of it"));
    start_task_later(world.executor(), note(log, "third"));
    log.push_back("second");
    co_await next_turn();
    EXPECT_EQ(log, (Log{"first", "second", "third"}));
}

Task<void> note_around_turn_end(Log& log, std::string who)
{
    log.push_back(who + " came");
    co_await turn_end();
    log.push_back(who + " went on");
}

WORLD_STORY(Tasks, WhoWaitsForTheTurnsEndLetsTheOthersOfItGoFirst)
{
    Log log;
    start_task_later(world.executor(), note_around_turn_end(log, "first"));
    start_task_later(world.executor(), note_around_turn_end(log, "second"));
    start_task_later(world.executor(), note(log, "third"));
    co_await next_turn();
    EXPECT_EQ(log, (Log{"first came", "second came", "third"}));
    co_await next_turn();
    EXPECT_EQ(log, (Log{"first came", "second came", "third", "first went on", "second went on"}));
}

WORLD_STORY(Tasks, ATurnThatHasNobodyElseIsAtItsEnd)
{
    Log log;
    co_await sleep_for(world.clock(), 1ms);
    start_task(world.executor(), note_around_turn_end(log, "one"));
    EXPECT_EQ(log, (Log{"one came", "one went on"}));
}

Task<void> hold(std::shared_ptr<int> something)
{
    co_await next_turn();
    *something = 1;
}

WORLD_STORY(Tasks, ATaskThatIsNeverAwaitedLetsGoOfWhatItWasGiven)
{
    const auto something = std::make_shared<int>(0);
    {
        const Task<void> never_awaited = hold(something);
        EXPECT_EQ(something.use_count(), 2);
    }
    EXPECT_EQ(something.use_count(), 1);
    co_await hold(something);
    EXPECT_EQ(something.use_count(), 1);
    EXPECT_EQ(*something, 1);
}

TEST(Loops, TakeWithThemWhatNeverBeganAndWhatWasGivenUpJustBefore)
{
    for (const bool given_up : {false, true}) {
        const auto something = std::make_shared<int>(0);
        {
            asio::io_context loop{1};
            start_task(loop.get_executor(), hold(something));
            if (given_up) Scheduler::of(loop.get_executor()).abandon();
        }
        EXPECT_EQ(something.use_count(), 1) << given_up;
    }
}

Task<void> hold_to_turn_end(std::shared_ptr<int> something)
{
    co_await turn_end();
    *something = 1;
}

Task<void> give_up(Scheduler& scheduler)
{
    scheduler.abandon();
    co_return;
}

TEST(Loops, GiveUpThoseWhoWaitForTheTurnsEnd)
{
    const auto something = std::make_shared<int>(0);
    asio::io_context loop{1};
    start_task_later(loop.get_executor(), hold_to_turn_end(something));
    start_task_later(loop.get_executor(), give_up(Scheduler::of(loop.get_executor())));
    loop.run();
    EXPECT_EQ(*something, 0);
    EXPECT_EQ(something.use_count(), 1);
}

Task<int> depth(int levels)
{
    if (levels == 0) co_return 0;
    const int below = co_await depth(levels - 1);
    co_return below + 1;
}

WORLD_STORY(Tasks, NeitherDeepNorManyAwaitsTakeTheThreadsStack)
{
    constexpr int many = 100'000;
    const int deep = co_await depth(many);
    EXPECT_EQ(deep, many);
    int one_by_one = 0;
    for (int i = 0; i < many; ++i) {
        const int one = co_await depth(1);
        one_by_one += one;
    }
    EXPECT_EQ(one_by_one, many);
}

WORLD_STORY(Tasks, ASpawnedTaskBeginsOnTheNextTurn)
{
    Log log;
    TaskGroup group(world.executor());
    group.spawn(note(log, "first"));
    group.spawn(note(log, "second"));
    log.push_back("spawned");
    EXPECT_EQ(group.size(), 2u);
    co_await group.join();
    EXPECT_EQ(log, (Log{"spawned", "first", "second"}));
    EXPECT_EQ(group.size(), 0u);
}

WORLD_STORY(Tasks, JoinWaitsForTheSlowestAndTheGroupCanBeUsedAgain)
{
    Log log;
    TaskGroup group(world.executor());
    for (int round = 0; round < 2; ++round) {
        group.spawn(note_after(world.clock(), 1ms, log, "fast"));
        group.spawn(note_after(world.clock(), 4ms, log, "slow"));
        co_await group.join();
        log.push_back("joined");
    }
    EXPECT_EQ(log, (Log{"fast", "slow", "joined", "fast", "slow", "joined"}));
}

WORLD_STORY(Tasks, AnEmptyGroupIsJoinedAtOnce)
{
    TaskGroup group(world.executor());
    co_await group.join();
    EXPECT_EQ(group.size(), 0u);
}

WORLD_STORY(Tasks, TheFirstExceptionIsThrownByJoinOnce)
{
    TaskGroup group(world.executor());
    group.spawn(fail_with("one"));
    group.spawn(fail_with("two"));
    const std::string first = co_await complaint_of(group.join());
    EXPECT_EQ(first, "one");
    const std::string then = co_await complaint_of(group.join());
    EXPECT_EQ(then, "no complaint");
}

WORLD_STORY(Tasks, CancelEndsWaitingTasksQuietly)
{
    Log log;
    Condition condition;
    TaskGroup group(world.executor());
    group.spawn(note_wait(condition, log, "waiter"));
    group.spawn(note_after(world.clock(), 1h, log, "sleeper"));
    co_await sleep_for(world.clock(), 1ms);
    group.cancel();
    co_await group.join();
    EXPECT_EQ(log, (Log{"waiter aborted"}));
    EXPECT_FALSE(condition.has_waiters());
}

WORLD_STORY(Tasks, ATaskCancelledBeforeItBeganNeverBegins)
{
    Log log;
    TaskGroup group(world.executor());
    group.spawn(note(log, "began"));
    group.cancel();
    co_await group.join();
    EXPECT_EQ(log, Log{});
}

Task<void> tidy_up(Clock& clock, Log& log)
{
    const bool cancelled = co_await is_cancelled();
    log.push_back(cancelled ? "tidying" : "not cancelled");
    co_await sleep_for(clock, 1h);
    log.push_back("slept although cancelled");
}

Task<void> tidy_after_cancellation(Condition& condition, Clock& clock, Log& log)
{
    const Wake wake = co_await condition.wait_quietly();
    log.push_back(wake == Wake::aborted ? "aborted" : "notified");
    co_await tidy_up(clock, log);
}

WORLD_STORY(Tasks, ACancelledTaskCanTidyUpButNotWait)
{
    Log log;
    Condition condition;
    TaskGroup group(world.executor());
    group.spawn(tidy_after_cancellation(condition, world.clock(), log));
    co_await sleep_for(world.clock(), 1ms);
    group.cancel();
    co_await group.join();
    EXPECT_EQ(log, (Log{"aborted", "tidying"}));
}

WORLD_STORY(Tasks, ACancellationBetweenWaitsIsNotLost)
{
    Log log;
    Condition condition;
    TaskGroup group(world.executor());
    group.spawn(tidy_after_cancellation(condition, world.clock(), log));
    co_await sleep_for(world.clock(), 1ms);
    condition.notify_one();  // woken, but not running yet
    group.cancel();
    co_await group.join();
    EXPECT_EQ(log, (Log{"notified", "tidying"}));
}

Task<void> run_inner_group(Runtime& world, Condition& condition, Log& log)
{
    TaskGroup inner(world.executor());
    inner.spawn(note_wait(condition, log, "inner one"));
    inner.spawn(note_wait(condition, log, "inner two"));
    co_await inner.join();
    log.push_back("joined although cancelled");
}

WORLD_STORY(Tasks, CancellingATaskThatJoinsEndsItsGroupFirst)
{
    Log log;
    Condition condition;
    TaskGroup outer(world.executor());
    outer.spawn(run_inner_group(world, condition, log));
    co_await sleep_for(world.clock(), 1ms);
    outer.cancel();
    co_await outer.join();
    EXPECT_EQ(log, (Log{"inner one aborted", "inner two aborted"}));
}

WORLD_STORY(Tasks, WithTasksCancelsAndJoinsWhenItsBodyThrows)
{
    Log log;
    Condition condition;
    auto body = [&](TaskGroup& group) -> Task<void> {
        group.spawn(note_wait(condition, log, "helper"));
        co_await sleep_for(world.clock(), 1ms);
        co_await fail_with("body failed");
    };
    const std::string complaint = co_await complaint_of(with_tasks(body));
    EXPECT_EQ(complaint, "body failed");
    EXPECT_EQ(log, (Log{"helper aborted"}));
}

WORLD_STORY(Tasks, WithTasksJoinsWhatItsBodySpawned)
{
    Log log;
    auto body = [&](TaskGroup& group) -> Task<void> {
        group.spawn(note_after(world.clock(), 1ms, log, "helper"));
        co_return;
    };
    co_await with_tasks(body);
    EXPECT_EQ(log, (Log{"helper"}));
}

WORLD_STORY(Tasks, NotifyOneWakesTheFirstWaiterAndNotifyAllTheRestInOrder)
{
    Log log;
    Condition condition;
    TaskGroup group(world.executor());
    for (const char* who : {"a", "b", "c"}) group.spawn(note_wait(condition, log, who));
    co_await sleep_for(world.clock(), 1ms);
    condition.notify_one();
    EXPECT_EQ(log, Log{});  // never inline
    co_await sleep_for(world.clock(), 1ms);
    EXPECT_EQ(log, (Log{"a woke"}));
    condition.notify_all();
    co_await group.join();
    EXPECT_EQ(log, (Log{"a woke", "b woke", "c woke"}));
}

WORLD_STORY(Tasks, ANotificationNobodyWaitsForIsForgotten)
{
    Log log;
    Condition condition;
    condition.notify_all();
    TaskGroup group(world.executor());
    group.spawn(note_wait(condition, log, "late"));
    co_await sleep_for(world.clock(), 1ms);
    EXPECT_TRUE(condition.has_waiters());
    condition.notify_one();
    co_await group.join();
    EXPECT_EQ(log, (Log{"late woke"}));
}

WORLD_STORY(Tasks, DestroyingAConditionAbortsItsWaiters)
{
    Log log;
    auto condition = std::make_unique<Condition>();
    TaskGroup group(world.executor());
    group.spawn(note_wait(*condition, log, "waiter"));
    co_await sleep_for(world.clock(), 1ms);
    condition.reset();
    co_await group.join();
    EXPECT_EQ(log, (Log{"waiter aborted"}));
}

WORLD_STORY(Tasks, SleepingIntoThePastEndsOnTheNextTurn)
{
    const Instant before = world.clock().now();
    co_await sleep_until(world.clock(), before - 1s);
    co_await sleep_until(world.clock(), before + 2ms);
    EXPECT_GE(world.clock().now(), before + 2ms);
}

WORLD_STORY(Tasks, ATimerFiresOnceForItsLastSetting)
{
    Log log;
    const auto timer = world.clock().make_timer();
    const Instant start = world.clock().now();
    timer->arm(start + 1h, [&] { log.push_back("too late"); });
    timer->arm(start + 1ms, [&] { log.push_back("in time"); });
    EXPECT_EQ(log, Log{});
    co_await sleep_for(world.clock(), 5ms);
    EXPECT_EQ(log, (Log{"in time"}));
    timer->arm(world.clock().now() - 1s, [&] { log.push_back("past"); });
    EXPECT_EQ(log, (Log{"in time"}));  // never inside arm()
    co_await sleep_for(world.clock(), 1ms);
    EXPECT_EQ(log, (Log{"in time", "past"}));
}

WORLD_STORY(Tasks, ADisarmedOrDestroyedTimerDoesNotFire)
{
    Log log;
    auto disarmed = world.clock().make_timer();
    auto destroyed = world.clock().make_timer();
    const Instant soon = world.clock().now() + 1ms;
    disarmed->arm(soon, [&] { log.push_back("disarmed"); });
    destroyed->arm(soon, [&] { log.push_back("destroyed"); });
    disarmed->disarm();
    destroyed.reset();
    co_await sleep_for(world.clock(), 5ms);
    EXPECT_EQ(log, Log{});
}

WORLD_STORY(Tasks, ATimersCallbackMayDestroyOrRearmIt)
{
    Log log;
    auto timer = world.clock().make_timer();
    timer->arm(world.clock().now(), [&] {
        timer->arm(world.clock().now(), [&] {
            timer.reset();
            log.push_back("destroyed from within");
        });
        log.push_back("armed again from within");
    });
    co_await sleep_for(world.clock(), 5ms);
    EXPECT_EQ(log, (Log{"armed again from within", "destroyed from within"}));
}

WORLD_STORY(Tasks, AWatchdogBarksOncePerDeadline)
{
    int barks = 0;
    Watchdog watchdog(world.clock(), [&] { ++barks; });
    EXPECT_FALSE(watchdog.expired());
    watchdog.arm(world.clock().now() + 1ms);
    co_await sleep_for(world.clock(), 5ms);
    EXPECT_EQ(barks, 1);
    EXPECT_TRUE(watchdog.expired());
    watchdog.arm(world.clock().now() + 1h);
    EXPECT_FALSE(watchdog.expired());
    watchdog.arm(world.clock().now() + 1ms);  // nearer than before
    co_await sleep_for(world.clock(), 5ms);
    EXPECT_EQ(barks, 2);
}

WORLD_STORY(Tasks, AWatchdogThatIsFedOrDisarmedStaysQuiet)
{
    int barks = 0;
    Watchdog watchdog(world.clock(), [&] { ++barks; });
    watchdog.arm(world.clock().now() + 1ms);
    watchdog.arm(world.clock().now() + 1h);
    co_await sleep_for(world.clock(), 5ms);
    EXPECT_EQ(barks, 0);
    watchdog.arm(world.clock().now() + 1ms);
    watchdog.disarm();
    co_await sleep_for(world.clock(), 5ms);
    EXPECT_EQ(barks, 0);
    EXPECT_FALSE(watchdog.expired());
    watchdog.arm(world.clock().now() + 1ms);
    co_await sleep_for(world.clock(), 5ms);
    EXPECT_EQ(barks, 1);
}

template <class World>
class Runs : public ::testing::Test {
protected:
    World world_;
};
TYPED_TEST_SUITE(Runs, BothWorlds, WorldNames);

TYPED_TEST(Runs, RethrowWhatMainThrewAndCanBeRunAgain)
{
    Log log;
    EXPECT_THROW(this->world_.runtime.run(fail_with("main failed")), std::runtime_error);
    this->world_.runtime.run(note(log, "again"));
    EXPECT_EQ(log, (Log{"again"}));
}

TYPED_TEST(Runs, BeginWhatWasStartedBeforeThem)
{
    Log log;
    Runtime& runtime = this->world_.runtime;
    start_task(runtime.executor(), note(log, "started"));
    EXPECT_EQ(log, Log{});
    runtime.run(note(log, "main"));
    EXPECT_EQ(log, (Log{"started", "main"}));
}

Task<void> take_turns_until(const bool& told, int patience)
{
    while (!told && patience-- > 0) co_await next_turn();
}

Task<void> tell_after_a_while(Clock& clock, bool& told)
{
    co_await sleep_for(clock, 1ms);
    told = true;
}

/// Who takes one turn after the other leaves the loop its timers and sockets in between.
TEST(RealTurns, HoldUpNoTimer)
{
    Reality world;
    bool told = false;
    start_task(world.executor(), tell_after_a_while(world.clock(), told));
    world.run(take_turns_until(told, 20'000'000));
    EXPECT_TRUE(told);
}

Task<void> note_a_write(Stream& stream, Log& log)
{
    const Error error = co_await stream.write("hello");
    log.push_back(error ? error.message() : "written");
}

Task<void> write_beside_others(Network& network, Log& log)
{
    const auto listener = network.listen({"127.0.0.1", 0});
    const auto stream = co_await network.connect((*listener)->endpoint(), never);
    Running& me = co_await this_task();
    const Executor& executor = me.scheduler().executor();
    start_task_later(executor, note_a_write(**stream, log));
    start_task_later(executor, note(log, "the turn's last"));
    while (log.size() < 2) co_await next_turn();
}

/// What is sent in one turn is sent in a row, when everything else of the turn is done.
TEST(RealTurns, EndWithWhatIsWrittenInThem)
{
    Reality world;
    Log log;
    world.run(write_beside_others(world.network(), log));
    EXPECT_EQ(log, (Log{"the turn's last", "written"}));
}

Task<void> leave_tasks_behind(TaskGroup& group, Condition& condition, Log& log)
{
    group.spawn(note_wait(condition, log, "left behind"));
    group.spawn(note_wait(condition, log, "left behind too"));
    co_await next_turn();
    throw std::runtime_error("main failed");
}

TYPED_TEST(Runs, LetGoOfEveryTaskWhenMainThrows)
{
    Log log;
    Runtime& runtime = this->world_.runtime;
    Condition condition;
    TaskGroup group(runtime.executor());
    EXPECT_THROW(runtime.run(leave_tasks_behind(group, condition, log)), std::runtime_error);
    EXPECT_EQ(group.size(), 0u);
    EXPECT_EQ(log, Log{});
}

Task<void> start_background(TaskGroup& group, Condition& condition, Log& log)
{
    group.spawn(note_wait(condition, log, "background"));
    co_return;
}

Task<void> finish_background(TaskGroup& group, Condition& condition)
{
    condition.notify_all();
    co_await group.join();
}

TYPED_TEST(Runs, TasksMayLiveOnFromOneRunToTheNext)
{
    Log log;
    Runtime& runtime = this->world_.runtime;
    Condition condition;
    TaskGroup group(runtime.executor());
    runtime.run(start_background(group, condition, log));
    runtime.run(finish_background(group, condition));
    EXPECT_EQ(log, (Log{"background woke"}));
}

Task<void> abandon_a_group(Runtime& world, Condition& condition, Log& log)
{
    TaskGroup group(world.executor());
    group.spawn(note_wait(condition, log, "running"));
    co_await sleep_for(world.clock(), 1ms);
}

TYPED_TEST(Runs, DieWhenAGroupIsDestroyedWithRunningTasks)
{
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    Log log;
    Runtime& runtime = this->world_.runtime;
    Condition condition;
    EXPECT_DEATH(runtime.run(abandon_a_group(runtime, condition, log)),
                 "destroyed with 1 running tasks: join\\(\\) it first");
}

}  // namespace
}  // namespace chaos::net
