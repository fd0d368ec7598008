// The router is killed at every crossing of its seam, one after the other, while it serves queued calls of the mocks'
// tool server and keyed requests of a model: nothing accepted is lost, nothing keyed is doubled, nothing unkeyed is
// sent twice, and what was answered whole is answered the same again.
#include <gtest/gtest.h>

#include <map>

#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/tool_server.hpp"
#include "net/http/client.hpp"
#include "net/simulation/simulation.hpp"
#include "net/watchdog.hpp"
#include "router/router.hpp"
#include "tests/support/crash.hpp"
#include "tests/support/scripted_upstream.hpp"

namespace chaos::router {
namespace {

using namespace std::chrono_literals;
using namespace testing;  // NOLINT: the words of the scripts

/// The tools' side: how often each effect happened.
class EffectLedger final : public mock_providers::Observer {
public:
    void connection_opened(std::string_view, std::uint64_t) override {}
    void attempt_received(const mock_providers::Attempt&, const wire::ChatRequest&) override {}
    void output_started(const mock_providers::Attempt&) override {}
    void attempt_ended(const mock_providers::Attempt&, int, mock_providers::WireEnd, std::int64_t) override {}
    void told_to_wait(const mock_providers::Attempt&, net::Duration, std::string_view) override {}
    void upstream_failed(const mock_providers::Attempt&, std::string_view) override {}
    void stray_received(std::string_view, std::string_view) override {}
    void fault_armed(std::string_view, std::string_view, std::string_view) override {}
    void fault_skipped(std::string_view, std::string_view, std::string_view) override {}
    void fault_opportunity(std::string_view, const mock_providers::Attempt&, bool) override {}
    void fault_delivered(std::string_view, const mock_providers::Attempt&, mock_providers::Proof,
                         std::string_view) override
    {
    }
    void fault_released(std::string_view, std::string_view) override {}
    void tool_received(const ToolUse& use) override { ++received[use.effect]; }
    void effect_performed(const ToolUse& use) override { ++performed[use.effect]; }
    void effect_replayed(const ToolUse& use) override { ++replayed[use.effect]; }
    void tool_answered(const ToolUse&, int, mock_providers::WireEnd) override {}
    void tool_fault(std::string_view fault, const ToolUse&, bool fell, std::string_view) override
    {
        if (fell) ++faults[std::string(fault)];
    }

    std::map<std::string, int> received;
    std::map<std::string, int> performed;
    std::map<std::string, int> replayed;
    std::map<std::string, int> faults;
};

/// One call as its caller knows it.
struct CallerView {
    std::string effect;
    std::string tool;
    std::string key;  ///< empty: none
    std::vector<std::string> ids;
    std::string end;        ///< the last thing that was said of it
    std::string after_all;  ///< what is said when all is over
    bool keyed() const { return tool == "keyed"; }
};

mock_providers::FaultSpec nth_call(const std::string& tool, std::int64_t nth, mock_providers::Parameters what)
{
    mock_providers::FaultSpec fault;
    fault.name = tool + std::to_string(nth);
    fault.target = tool;
    fault.when.requests = config::Range{nth, nth};
    fault.parameters = std::move(what);
    return fault;
}

std::vector<mock_providers::FaultSpec> tool_faults_of_the_sweep()
{
    namespace faults = mock_providers::faults;
    return {nth_call("keyed", 1, faults::ToolDropReply{}), nth_call("keyed", 3, faults::ToolError{}),
            nth_call("keyed", 4, faults::ToolSlow{}), nth_call("plain", 2, faults::ToolDropReply{})};
}

std::vector<mock_providers::ToolSpec> tools_of_the_sweep()
{
    std::vector<mock_providers::ToolSpec> tools(2);
    tools[0].name = "keyed";
    tools[1].name = "plain";
    return tools;
}

struct CrashRun {
    /// `power`: it dies with its machine, whose disk loses what was not yet to outlive that.
    CrashRun(std::uint64_t die_at, net::Close how, bool power = false) : die_at_(die_at), how_(how), power_(power) {}

    void go() { simulation_.run(main()); }

    std::uint64_t crossings = 0;
    bool died = false;
    std::vector<CallerView> calls{{"a", "keyed", "key-a", {}, "", ""}, {"b", "plain", "", {}, "", ""},
                                  {"c", "keyed", "", {}, "", ""},      {"d", "plain", "key-d", {}, "", ""},
                                  {"e", "keyed", "key-e", {}, "", ""}, {"f", "plain", "", {}, "", ""}};
    std::vector<std::string> whole_answers;
    EffectLedger ledger;

private:
    struct Life {
        Life(net::Simulation& world, store::MemoryDisk& disk, std::uint64_t die_at, net::Close how)
            : line(std::make_shared<Lifeline>(die_at, how)),
              runtime(world, line),
              store(world.executor(), disk, line),
              group(world.executor())
        {
        }
        std::shared_ptr<Lifeline> line;
        MortalRuntime runtime;
        MortalStore store;
        std::unique_ptr<Router> router;
        net::TaskGroup group;
    };

    net::Task<void> main()
    {
        tools_ = std::make_unique<mock_providers::ToolServer>(
            simulation_, tools_of_the_sweep(), tool_faults_of_the_sweep(), net::Chance(1), "run", ledger);
        auto listener = simulation_.network().listen({"127.0.0.1", 0});
        model_ = std::make_unique<ScriptedUpstream>(
            simulation_, std::move(*listener),
            std::vector<Act>{stream(text_events({"first ", "answer"}), 3ms), stream(text_events({"second"}))});
        net::http::ClientSettings settings;
        settings.idle_per_endpoint = 0;  // no connection of the first life is taken for one of the second
        client_ = std::make_unique<net::http::Client>(simulation_, settings);
        net::TaskGroup outside(simulation_.executor());
        disk_.be_slow([this, &outside](std::function<void()> done) { outside.spawn(write_later(std::move(done))); });
        outside.spawn(tools_->serve());
        outside.spawn(model_->serve());
        co_await live();
        client_.reset();
        tools_->stop();
        model_->stop();
        co_await outside.join();
        disk_.be_well_paced();
    }

    /// Longer than the network takes: what is done before it is written is seen before it is written.
    net::Task<void> write_later(std::function<void()> done)
    {
        co_await net::sleep_for(simulation_.clock(), 5ms);
        done();
    }

    net::Task<void> live()
    {
        net::TaskGroup callers(simulation_.executor());
        Life first(simulation_, disk_, die_at_, how_);
        news_ = &first.line->died;
        start(first);
        for (CallerView& call : calls) callers.spawn(submit(call));
        callers.spawn(converse());
        while (!first.line->dead() && callers_left_ > 0) co_await first.line->died.wait();
        crossings = first.line->crossings();
        died = first.line->dead();
        news_ = nullptr;
        co_await bury(first);
        if (died) {
            if (power_) disk_.cut_power();
            Life second(simulation_, disk_, 0, how_);
            start(second);
            co_await callers.join();
            co_await ask_after_all();
            co_await bury(second);
        } else {
            co_await callers.join();
        }
    }

    void start(Life& life)
    {
        net::Endpoint at{"127.0.0.1", port_};
        auto listener = life.runtime.network().listen(at);
        port_ = (*listener)->endpoint().port;
        Settings settings;
        Target target;
        target.name = "model";
        target.endpoint = model_->endpoint();
        target.model = "m";
        settings.targets.push_back(target);
        settings.policy.models["agent"] = plain_chain({"model"});
        DurableSettings durable;
        durable.store = &life.store;
        settings.dependencies.all = {dependency("keyed", true), dependency("plain", false)};
        life.router =
            std::make_unique<Router>(life.runtime, std::move(*listener), std::move(settings), net::http::Limits{},
                                     net::Chance(9).about(++lives_), observer_, nullptr, std::move(durable));
        life.group.spawn(life.router->serve());
        alive_again_.notify_all();
    }

    Dependency dependency(const std::string& name, bool honours_keys) const
    {
        Dependency tool;
        tool.name = name;
        tool.path = "/tools/" + name;
        tool.strategy = Strategy::queue_and_retry;
        tool.honours_keys = honours_keys;
        tool.retry.backoff = 5ms;
        tool.retry.max_attempts = 9;
        tool.queue.at_once = 2;
        DependencyEndpoint endpoint;
        endpoint.endpoint = tools_->endpoint();
        endpoint.base_path = tool.path;
        tool.endpoints.push_back(endpoint);
        return tool;
    }

    /// Its network and store are cut off already, or it is well and is killed all the same.
    static net::Task<void> bury(Life& life)
    {
        life.group.cancel();
        co_await life.group.join();
        life.router.reset();
    }

    net::Task<net::Result<net::http::Response>> fetch(net::http::Request request)
    {
        const net::Endpoint at{"127.0.0.1", port_};
        const net::Instant deadline = simulation_.clock().now() + 30s;
        auto response = co_await client_->fetch(at, std::move(request), deadline);
        co_return response;
    }

    /// Asks once more after a restart.
    net::Task<net::Result<net::http::Response>> fetch_again(net::http::Request request)
    {
        const std::uint64_t life = lives_;
        auto response = co_await fetch(request);
        if (!response) {
            while (lives_ == life) co_await alive_again_.wait();
            response = co_await fetch(std::move(request));
        }
        co_return response;
    }

    /// A caller with a key asks again until it is told; one without does not dare.
    net::Task<void> submit(CallerView& call)
    {
        net::http::Request request;
        request.head.method = "POST";
        request.head.target = "/tools/" + call.tool;
        if (!call.key.empty()) request.head.headers.add("idempotency-key", call.key);
        request.body = R"({"reference":")" + call.effect + R"(","content":"x"})";
        for (int i = 0; i < 2; ++i) {
            net::Result<net::http::Response> response = boost::asio::error::operation_aborted;
            if (call.key.empty()) {
                if (i == 0) response = co_await fetch(request);
            } else {
                response = co_await fetch_again(request);
            }
            if (!response || response->head.status != 202) continue;
            const std::string where(response->head.headers.find("location").value_or(""));
            if (call.ids.empty() || call.ids.back() != where) call.ids.push_back(where);
        }
        for (const std::string& where : call.ids) {
            net::http::Request question;
            question.head.target = where + "?wait=20s";
            const auto response = co_await fetch_again(std::move(question));
            call.end = response ? std::to_string(response->head.status) + " " + response->body : "no answer";
        }
        one_caller_less();
    }

    net::Task<void> ask_after_all()
    {
        for (CallerView& call : calls) {
            if (call.ids.empty()) continue;
            net::http::Request question;
            question.head.target = call.ids.back();
            const auto response = co_await fetch(std::move(question));
            if (response) call.after_all = response->body;
        }
    }

    net::Task<void> converse()
    {
        for (int i = 0; i < 3; ++i) {
            net::http::Request request;
            request.head.method = "POST";
            request.head.target = "/v1/chat/completions";
            request.head.headers.add("content-type", "application/json");
            request.head.headers.add("idempotency-key", "chat");
            request.body = R"({"model":"agent","stream":true,"messages":[{"role":"user","content":"hi"}]})";
            const auto response = co_await fetch_again(std::move(request));
            if (response && response->head.status == 200) whole_answers.push_back(response->body);
        }
        one_caller_less();
    }

    void one_caller_less()
    {
        if (--callers_left_ == 0 && news_ != nullptr) news_->notify_all();
    }

    std::uint64_t die_at_;
    net::Close how_;
    bool power_;
    net::Simulation simulation_;
    store::MemoryDisk disk_;
    router::Observer observer_;
    std::uint16_t port_ = 0;
    std::uint64_t lives_ = 0;
    int callers_left_ = 7;
    net::Condition* news_ = nullptr;  ///< of the first life: its end, or that nobody is left to be disturbed by it
    std::unique_ptr<mock_providers::ToolServer> tools_;
    std::unique_ptr<ScriptedUpstream> model_;
    std::unique_ptr<net::http::Client> client_;
    net::Condition alive_again_{"restart"};
};

bool holds(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

/// What must be true whenever the router died.
void judge_crash(CrashRun& run, const std::string& when, bool power = false)
{
    for (const CallerView& call : run.calls) {
        const std::string who = when + ", call " + call.effect + ": " + call.end;
        const int effects = run.ledger.performed[call.effect];
        EXPECT_LE(effects, 1) << who;
        EXPECT_LE(call.ids.size(), 1U) << who << ": one key, one call";
        if (!call.keyed()) {
            EXPECT_LE(run.ledger.received[call.effect], 1) << who << ": without a key it is sent once";
        }
        if (call.ids.empty()) {
            EXPECT_TRUE(call.key.empty()) << who << ": a caller that may ask again is told at last";
            continue;
        }
        const bool done = holds(call.end, R"("state":"done")");
        const bool dead = holds(call.end, R"("state":"dead")");
        EXPECT_TRUE(done || dead) << who << ": nothing accepted is lost";
        if (call.keyed()) {
            EXPECT_TRUE(done) << who;
        }
        if (done) {
            EXPECT_EQ(effects, 1) << who;
            if (run.died) {
                EXPECT_TRUE(holds(call.after_all, R"("state":"done")")) << who << " was told, then " << call.after_all;
            }
        }
        if (dead) {
            EXPECT_TRUE(holds(call.end, "without a key it is not sent again")) << who;
        }
    }
    if (!power) {  // answers of models outlive the process alone
        for (const std::string& answer : run.whole_answers) EXPECT_EQ(answer, run.whole_answers.front()) << when;
    }
    EXPECT_GE(run.whole_answers.size(), 2U) << when;
}

TEST(CrashSweep, without_a_crash)
{
    CrashRun run(0, net::Close::fin);
    run.go();
    judge_crash(run, "no crash");
    EXPECT_GT(run.crossings, 100U);
    EXPECT_EQ(run.ledger.faults.size(), 4U) << "every fault fell";
    EXPECT_GE(run.ledger.replayed.size(), 1U) << "a keyed call was sent again after its reply was lost";
    EXPECT_TRUE(holds(run.calls[0].end, R"("result":{"status":200)")) << run.calls[0].end;
    int dead = 0;
    for (const CallerView& call : run.calls) dead += holds(call.end, R"("state":"dead")") ? 1 : 0;
    EXPECT_EQ(dead, 1) << "the unkeyed call whose reply was lost";
}

void sweep(bool power)
{
    CrashRun whole(0, net::Close::fin);
    whole.go();
    std::map<std::string, int> ends;
    for (std::uint64_t at = 1; at <= whole.crossings; ++at) {
        CrashRun run(at, at % 2 == 0 ? net::Close::fin : net::Close::reset, power);
        run.go();
        const std::string when = "killed at crossing " + std::to_string(at) + " of " + std::to_string(whole.crossings);
        judge_crash(run, when, power);
        if (::testing::Test::HasFailure()) break;
        for (const CallerView& call : run.calls) {
            if (call.ids.empty()) ++ends["not accepted"];
            if (holds(call.end, R"("state":"done")")) ++ends["done"];
            if (holds(call.end, "in flight when the router ended")) ++ends["a dead letter of the crash"];
        }
        for (const auto& [effect, count] : run.ledger.replayed) ends["replayed by the tool"] += count;
        if (run.died) ++ends["deaths"];
    }
    // The sweep met what it is for.
    for (const char* end : {"not accepted", "done", "a dead letter of the crash", "replayed by the tool", "deaths"})
        EXPECT_GT(ends[end], 0) << end;
}

TEST(CrashSweep, at_every_crossing)
{
    sweep(false);
}

TEST(CrashSweep, at_every_crossing_with_the_power)
{
    sweep(true);
}

}  // namespace
}  // namespace chaos::router
