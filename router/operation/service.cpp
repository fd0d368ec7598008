// One loop for each core, each with a router of its own; whatever another thread wants of a loop is posted to it.
#include "router/operation/service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <chrono>
#include <future>
#include <mutex>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "net/real/parallel.hpp"
#include "net/real/reality.hpp"
#include "net/real/signal_watch.hpp"
#include "router/memory/memory_of_failure.hpp"
#include "router/operation/admin_port.hpp"
#include "router/operation/json_object.hpp"
#include "router/operation/telemetry.hpp"
#include "router/router.hpp"
#include "store/sqlite_store.hpp"

namespace chaos::router {
namespace {

constexpr std::chrono::seconds loop_patience(2);    ///< a loop that has not answered by then is not well
constexpr std::chrono::seconds store_patience(15);  ///< for what the store has to be asked

/// One event loop with all that is its own.
struct Worker {
    Worker(net::Reality& time, LogFile& log, const Operation& operation)
        : world(time), telemetry(world, log, operation.log_level, static_cast<std::size_t>(operation.explanations))
    {
    }

    net::Reality world;
    Telemetry telemetry;
    std::unique_ptr<store::SqliteStore> store;  ///< of the first alone
    std::unique_ptr<Router> router;
    std::unique_ptr<net::Timer> closing;  ///< of the listener, when it drains
    std::unique_ptr<net::Timer> ending;   ///< of requests that take too long then
    std::atomic<bool> over{false};
};

Settings settings_of(const Configuration& configuration)
{
    return {configuration.targets, configuration.policy, configuration.operation.callers, configuration.operation.tls,
            configuration.operation.dependencies};
}

/// Without the store that it was started with, or without any, what the queue accepts would be lost.
bool needs_a_store(const Configuration& now, const Configuration& wanted)
{
    return now.operation.store.empty() && wanted.operation.dependencies.any_queue();
}

/// What of a new configuration cannot be done without a restart.
std::string takes_a_restart(const Configuration& now, const Configuration& wanted)
{
    std::string keys;
    const auto add = [&](bool differs, std::string_view key) {
        if (differs) keys += fmt::format("{}{}", keys.empty() ? "" : ", ", key);
    };
    const Operation& a = now.operation;
    const Operation& b = wanted.operation;
    add(now.listen != wanted.listen, "listen");
    add(a.workers != b.workers, "workers");
    add(a.admin_wanted != b.admin_wanted || a.admin != b.admin, "admin");
    add(a.log != b.log, "log.to");
    add(a.explanations != b.explanations, "explain");
    add(a.store != b.store, "store");
    const bool other_limits =
        a.limits.head_timeout != b.limits.head_timeout || a.limits.body_timeout != b.limits.body_timeout ||
        a.limits.idle_timeout != b.limits.idle_timeout || a.limits.body_bytes != b.limits.body_bytes ||
        a.limits.connections != b.limits.connections;
    add(other_limits, "limits");
    add(a.drain_pause != b.drain_pause || a.drain_deadline != b.drain_deadline, "drain");
    add(a.idempotency != b.idempotency, "idempotency");
    add(needs_a_store(now, wanted), "dependencies (a queue needs the store)");
    return keys;
}

}  // namespace

struct Service::State {
    State(Configuration with, Read how);

    template <class Deed>
    auto on_loop(Worker& worker, Deed deed);
    template <class Value>
    Value answer_of(std::future<Value> answer, const Worker& worker, std::chrono::milliseconds patience);
    net::http::Response operate_queue(const std::string& method, const std::string& target);
    void heed(const std::function<void()>& signal);
    store::Store* open_store(const std::string& path);
    void let_the_first_own_keyed_requests();
    void run_worker(Worker& worker);
    void drain(int signal);
    void drain_worker(Worker& worker);
    std::string reload();
    void say(std::string_view level, const std::string& message);
    AdminSource admin_source();
    bool answers(Worker& worker);
    bool healthy();
    std::string metrics();
    std::optional<std::string> explain(const std::string& id);

    Configuration configuration;  ///< the last good one; guarded by `reloading`
    Read read;
    LogFile log;
    net::Reality first;  ///< whose clock all loops show; it runs nothing
    std::shared_ptr<MemoryOfFailure> memory = std::make_shared<MemoryOfFailure>();
    std::vector<std::unique_ptr<Worker>> workers;
    std::unique_ptr<AdminPort> admin;
    std::mutex reloading;
    std::atomic<bool> draining{false};
    std::atomic<std::size_t> serving{0};
    std::atomic<std::uint64_t> good_reloads{0};
    std::atomic<std::uint64_t> bad_reloads{0};
    std::atomic<bool> last_reload_good{true};
    std::mutex starting;  ///< held until everything above is there; signals wait for it
    bool started = false;
    std::unique_ptr<net::SignalWatch> signals;
};

Service::State::State(Configuration with, Read how)
    : configuration(std::move(with)), read(std::move(how)), log(configuration.operation.log)
{
    // First of all: threads inherit that signals are not for them. And whoever is told where it listens may send one.
    const std::lock_guard not_yet(starting);
    signals = std::make_unique<net::SignalWatch>([this](int signal) { heed([&] { drain(signal); }); },
                                                 [this] { heed([&] { reload(); }); });
    const Operation& operation = configuration.operation;
    const int count = operation.workers > 0 ? operation.workers : static_cast<int>(net::processors());
    std::vector<net::Reality*> worlds;
    for (int n = 0; n < count; ++n) {
        workers.push_back(std::make_unique<Worker>(first, log, operation));
        worlds.push_back(&workers.back()->world);
    }
    auto listeners = net::listen_together(worlds, configuration.listen);
    if (!listeners) {
        throw std::system_error(listeners.error(),
                                fmt::format("cannot listen on {}", net::to_string(configuration.listen)));
    }
    DurableSettings durable;
    durable.idempotency = operation.idempotency;
    if (!operation.store.empty()) durable.store = open_store(operation.store);
    const net::Chance chance(net::random_seed());
    for (std::size_t n = 0; n < workers.size(); ++n) {
        Worker& worker = *workers[n];
        worker.router = std::make_unique<Router>(worker.world, std::move((*listeners)[n]), settings_of(configuration),
                                                 operation.limits, chance.about(n), worker.telemetry, memory,
                                                 n == 0 ? durable : DurableSettings{});  // the others pass on
    }
    if (count > 1) let_the_first_own_keyed_requests();
    if (operation.admin_wanted) admin = std::make_unique<AdminPort>(operation.admin, admin_source());
    for (const std::string& remark : remarks_on(configuration)) say("warn", remark);
    started = true;
}

/// A signal that came while the router was being built, which then failed, is for nobody.
void Service::State::heed(const std::function<void()>& signal)
{
    const std::lock_guard built(starting);
    if (started) signal();
}

/// On the first loop, which alone uses it.
store::Store* Service::State::open_store(const std::string& path)
{
    Worker& worker = *workers.front();
    store::SqliteStore::Opened opened = store::SqliteStore::open(path, worker.world.executor());
    if (!opened.store) throw std::runtime_error("cannot open the store " + opened.problem);
    worker.store = std::move(opened.store);
    return worker.store.get();
}

void Service::State::let_the_first_own_keyed_requests()
{
    auto inside = workers.front()->world.network().listen({"127.0.0.1", 0});
    if (!inside) throw std::system_error(inside.error(), "cannot listen on 127.0.0.1");
    const net::Endpoint owner = (*inside)->endpoint();
    workers.front()->router->also_listen(std::move(*inside));
    for (std::size_t n = 1; n < workers.size(); ++n) workers[n]->router->keyed_requests_go_to(owner);
}

/// A loop that has ended, or that stands still, throws.
template <class Value>
Value Service::State::answer_of(std::future<Value> answer, const Worker& worker, std::chrono::milliseconds patience)
{
    constexpr std::chrono::milliseconds step(20);
    for (auto waited = std::chrono::milliseconds(0); waited < patience; waited += step) {
        if (answer.wait_for(step) == std::future_status::ready) return answer.get();
        if (worker.over) break;
    }
    throw std::runtime_error("an event loop does not answer");
}

/// Waits for what a loop makes of `deed`.
template <class Deed>
auto Service::State::on_loop(Worker& worker, Deed deed)
{
    // The task may outlive the patience of whoever waits for it.
    const auto task = std::make_shared<std::packaged_task<decltype(deed())()>>(std::move(deed));
    auto done = task->get_future();
    boost::asio::post(worker.world.executor(), [task] { (*task)(); });
    return answer_of(std::move(done), worker, loop_patience);
}

/// The first loop has the queue.
net::http::Response Service::State::operate_queue(const std::string& method, const std::string& target)
{
    Worker& worker = *workers.front();
    const auto answer = std::make_shared<std::promise<net::http::Response>>();
    auto done = answer->get_future();
    net::http::Request request;
    request.head.method = method;
    request.head.target = target;
    boost::asio::post(worker.world.executor(), [&worker, answer, request = std::move(request)]() mutable {
        worker.router->operate_queue(
            std::move(request), [answer](net::http::Response response) { answer->set_value(std::move(response)); });
    });
    net::http::Response response = answer_of(std::move(done), worker, store_patience);
    if (method != "GET") say("info", fmt::format("the operator: {} {}: {}", method, target, response.head.status));
    return response;
}

void Service::State::run_worker(Worker& worker)
{
    std::exception_ptr problem;
    try {
        worker.world.run(worker.router->serve());
    } catch (...) {
        problem = std::current_exception();
    }
    worker.over = true;
    if (problem) drain(0);  // one loop alone is no router: all end, and the process with an error
    if (--serving == 0 && admin) admin->stop();
    if (problem) std::rethrow_exception(problem);
}

void Service::State::drain(int signal)
{
    if (draining.exchange(true)) return;
    if (signal != 0) say("info", fmt::format("signal {}: no new requests; those under way finish", signal));
    for (const auto& worker : workers) {
        boost::asio::post(worker->world.executor(), [this, &worker = *worker] { drain_worker(worker); });
    }
}

void Service::State::drain_worker(Worker& worker)
{
    net::Clock& clock = worker.world.clock();
    const net::Instant closes = clock.now() + configuration.operation.drain_pause;
    worker.closing = clock.make_timer();
    worker.ending = clock.make_timer();
    worker.closing->arm(closes, [&worker] { worker.router->stop(true); });
    worker.ending->arm(closes + configuration.operation.drain_deadline, [this, &worker] {
        say("warn", fmt::format("the deadline has passed: {} connections are cut", worker.router->open_connections()));
        worker.router->stop();
    });
}

std::string Service::State::reload()
{
    const std::lock_guard one_at_a_time(reloading);
    std::string complaints = log.reopen();
    if (!complaints.empty()) complaints += '\n';
    std::optional<Configuration> fresh = read(complaints);
    last_reload_good = fresh.has_value();
    if (!fresh) {
        ++bad_reloads;
        say("error", "the configuration cannot be used; the last good one stays");
        std::string_view rest = complaints;
        while (!rest.empty()) {
            const auto end = std::min(rest.find('\n'), rest.size());
            say("error", std::string(rest.substr(0, end)));
            rest.remove_prefix(std::min(rest.size(), end + 1));
        }
        return complaints;
    }
    ++good_reloads;
    keep_meters(fresh->operation.callers, configuration.operation.callers);
    const std::string later = takes_a_restart(configuration, *fresh);
    if (needs_a_store(configuration, *fresh)) fresh->operation.dependencies = configuration.operation.dependencies;
    if (!later.empty()) say("warn", "takes a restart to come into force: " + later);
    const auto settings = std::make_shared<const Settings>(settings_of(*fresh));
    const LogLevel level = fresh->operation.log_level;
    for (const auto& worker : workers) {
        if (worker->over) continue;
        boost::asio::post(worker->world.executor(), [&worker = *worker, settings, level] {
            worker.telemetry.set_level(level);
            worker.router->reconfigure(*settings);
        });
    }
    for (const auto& worker : workers) answers(*worker);  // in force everywhere when this returns
    // What a restart would change keeps being compared with what is really in force.
    configuration.targets = fresh->targets;
    configuration.policy = fresh->policy;
    configuration.operation.callers = fresh->operation.callers;
    configuration.operation.dependencies = fresh->operation.dependencies;
    for (const std::string& remark : remarks_on(*fresh)) say("warn", remark);
    say("info", fmt::format("the configuration was read again: {} providers, {} models", fresh->targets.size(),
                            fresh->policy.models.size()));
    return {};
}

/// An event of the process itself: a line of the log, and for people unless that is where the log goes.
void Service::State::say(std::string_view level, const std::string& message)
{
    std::string line;
    JsonObject object(line);
    object.text("time", net::rfc3339(net::civil_time()));
    object.text("kind", "event");
    object.text("level", level);
    object.text("message", message);
    object.end();
    log.write(line + '\n');
    if (log.to() != "stderr") fmt::print(stderr, "chaos router: {}\n", message);
}

AdminSource Service::State::admin_source()
{
    AdminSource source;
    source.healthy = [this] { return healthy(); };
    source.ready = [this] { return !draining; };
    source.metrics = [this] { return metrics(); };
    source.explain = [this](const std::string& id) { return explain(id); };
    source.reload = [this] { return reload(); };
    source.queue = [this](const std::string& method, const std::string& target) {
        return operate_queue(method, target);
    };
    return source;
}

/// True also of one that has ended.
bool Service::State::answers(Worker& worker)
{
    try {
        return on_loop(worker, [] { return true; });
    } catch (const std::runtime_error&) {
        return worker.over;
    }
}

bool Service::State::healthy()
{
    return std::all_of(workers.begin(), workers.end(), [this](const auto& worker) { return answers(*worker); });
}

std::string Service::State::metrics()
{
    Metrics all;
    for (const auto& worker : workers) {
        if (worker->over) continue;
        all.merge(on_loop(*worker, [&worker = *worker] {
            Metrics mine = worker.telemetry.metrics();
            mine.set(Metric::open_connections, {}, static_cast<double>(worker.router->open_connections()));
            mine.set(Metric::queue_depth, {{"queue", "providers"}},
                     static_cast<double>(worker.router->waiting_requests()));
            return mine;
        }));
    }
    for (const RememberedKey& line : memory->snapshot(first.clock().now())) {
        const std::string key = std::to_string(line.key);
        for (const Breaker::State state : {Breaker::State::closed, Breaker::State::open, Breaker::State::half_open}) {
            all.set(Metric::breaker_state, {{"target", line.provider}, {"key", key}, {"state", spelling(state)}},
                    line.standing.state == state ? 1 : 0);
        }
    }
    all.set(Metric::log_lines_dropped, {}, static_cast<double>(log.dropped()));
    all.set(Metric::reloads, {{"result", "success"}}, static_cast<double>(good_reloads));
    all.set(Metric::reloads, {{"result", "failure"}}, static_cast<double>(bad_reloads));
    all.set(Metric::last_reload_successful, {}, last_reload_good ? 1 : 0);
    all.set(Metric::build_info, {{"version", CHAOS_VERSION}}, 1);
    return all.text();
}

std::optional<std::string> Service::State::explain(const std::string& id)
{
    for (const auto& worker : workers) {
        if (worker->over) continue;
        auto found = on_loop(*worker, [&worker = *worker, id] { return worker.telemetry.explanations().find(id); });
        if (found) return found;
    }
    return std::nullopt;
}

Service::Service(Configuration configuration, Read read)
    : state_(std::make_unique<State>(std::move(configuration), std::move(read)))
{
}

Service::~Service() = default;

net::Endpoint Service::endpoint() const
{
    return state_->workers.front()->router->endpoint();
}

std::optional<net::Endpoint> Service::admin() const
{
    return state_->admin ? std::optional(state_->admin->endpoint()) : std::nullopt;
}

void Service::run()
{
    State& state = *state_;
    const std::size_t loops = state.workers.size();
    const std::size_t threads = loops + (state.admin ? 1 : 0);
    state.serving = loops;
    net::run_in_parallel(threads, threads, [&](std::size_t nth) {
        if (nth == loops) return state.admin->serve();
        state.run_worker(*state.workers[nth]);
    });
}

}  // namespace chaos::router
