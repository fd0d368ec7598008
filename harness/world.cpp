#include "harness/world.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <system_error>

namespace chaos::harness {
namespace {

// Late wake-ups below this are the everyday of a shared machine; the judge decides what it tolerates above it.
constexpr net::Duration lag_worth_telling = std::chrono::milliseconds(50);
constexpr net::Duration lag_probe_every = std::chrono::milliseconds(50);

router::Target target_of(const mock_providers::Provider& provider, const net::tls::Context& trust)
{
    router::Target target;
    target.name = provider.spec().name;
    target.dialect = provider.spec().dialect;
    target.endpoint = provider.endpoint();
    target.base_path = "/v1";
    target.model = provider.spec().model;
    target.api_keys = {"key-of-" + provider.spec().name};
    target.context_window = provider.spec().context_window;
    if (provider.spec().tls) target.tls = trust;
    return target;
}

/// A router is told of the scenario's status page, unless the scenario names another.
router::Policy policy_of(const Plan& plan, const mock_providers::StatusPage* page)
{
    router::Policy policy = plan.scenario.router;
    if (page == nullptr) return policy;
    for (const auto& provider : plan.scenario.providers) {
        router::ProviderPolicy& own = policy.providers[provider.name];
        if (!own.status_page.empty()) continue;
        own.status_page = "http://" + net::to_string(page->endpoint());
        own.status_component = provider.name;
    }
    return policy;
}

std::unique_ptr<net::Listener> listen_anywhere(net::Network& network)
{
    auto listener = network.listen(net::Endpoint{"127.0.0.1", 0});
    if (!listener) throw std::system_error(listener.error(), "cannot listen on 127.0.0.1");
    return std::move(*listener);
}

}  // namespace

World::World(const Plan& plan, const SubjectKind& subject, net::Runtime& runtime, Stop& stop,
             std::optional<ControlResult> control)
    : plan_(plan),
      runtime_(runtime),
      stop_(stop),
      control_(std::move(control)),
      recorder_(runtime.clock()),
      mocks_(plan, runtime, recorder_)
{
    std::vector<router::Target> targets;
    const net::tls::Authority* authority = mocks_.authority();
    const net::tls::Context trust = authority ? net::tls::trusting(authority->certificate_pem()) : nullptr;
    for (const auto& provider : mocks_.providers()) targets.push_back(target_of(*provider, trust));
    subject_ = subject.start(SubjectSetting{runtime, listen_anywhere(runtime.network()), std::move(targets),
                                            policy_of(plan, mocks_.status_page()),
                                            net::Chance(plan.seed).about("subject"), recorder_});
}

World::~World() = default;

history::History World::live()
{
    runtime_.run(run());
    history::History history = recorder_.take();
    history.interrupted = stop_.requested();
    return history;
}

void World::note_phase(history::Kind kind, std::string text)
{
    history::Event event;
    event.kind = kind;
    event.text = std::move(text);
    recorder_.record(std::move(event));
}

void World::note_control(const ControlResult& control)
{
    history::Event event;
    event.kind = history::Kind::control_ended;
    event.flag = control.passed;
    event.text = control.problem;
    recorder_.record(std::move(event));
}

void World::start_clock()
{
    const net::Instant zero = runtime_.clock().now();
    note_phase(history::Kind::clock_zero, "");
    mocks_.start_clock(zero);
}

net::Task<void> World::run()
{
    note_phase(history::Kind::run_started, plan_.scenario.name);
    if (control_) note_control(*control_);
    net::TaskGroup servers(runtime_.executor());
    mocks_.serve_in(servers);
    servers.spawn(subject_->serve());

    net::TaskGroup background(runtime_.executor());
    if (!runtime_.simulated()) background.spawn(watch_lag());

    co_await carry_out_tasks();

    background.cancel();
    co_await background.join();
    subject_->stop();
    mocks_.stop();
    co_await servers.join();
    note_phase(history::Kind::run_ended, stop_.requested() ? "interrupted" : "");
}

net::Task<void> World::carry_out_tasks()
{
    net::http::ClientSettings settings;
    settings.idle_per_endpoint = static_cast<std::size_t>(plan_.scenario.agents.at_once) + 8;
    net::http::Client client(runtime_, settings);
    Agent agent(runtime_, plan_, recorder_, client, subject_->endpoint(), mocks_.tools(), stop_);
    net::TaskGroup group(runtime_.executor());
    agents_group_ = &group;

    // In simulation a stop is seen between turns, which are microseconds apart; in real time waits are cut short.
    std::unique_ptr<Stop::Subscription> interrupt;
    if (!runtime_.simulated()) {
        interrupt = std::make_unique<Stop::Subscription>(stop_, [this] {
            boost::asio::post(runtime_.executor(), [this] {
                if (agents_group_ != nullptr) agents_group_->cancel();
            });
        });
    }

    start_clock();
    const int workers = std::min(plan_.scenario.agents.at_once, static_cast<int>(plan_.tasks.size()));
    for (int nth = 0; nth < workers; ++nth) group.spawn(worker(agent));
    co_await group.join();
    interrupt.reset();
    agents_group_ = nullptr;
    client.close_idle();
}

net::Task<void> World::worker(Agent& agent)
{
    while (next_task_ < plan_.tasks.size() && !stop_.requested()) {
        const PlannedTask& task = plan_.tasks[next_task_++];
        co_await agent.carry_out(task);
    }
}

net::Task<void> World::watch_lag()
{
    net::Clock& clock = runtime_.clock();
    while (true) {
        const net::Instant due = clock.now() + lag_probe_every;
        co_await net::sleep_until(clock, due);
        const net::Duration late = clock.now() - due;
        if (late < lag_worth_telling) continue;
        history::Event event;
        event.kind = history::Kind::rig_lagged;
        event.value = late.count();
        recorder_.record(std::move(event));
    }
}

}  // namespace chaos::harness
