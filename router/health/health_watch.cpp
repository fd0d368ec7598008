// Rounds of cheap requests, each with its deadline.
#include "router/health/health_watch.hpp"

#include "net/http/url.hpp"
#include "net/task_group.hpp"
#include "router/classify.hpp"
#include "router/health/status_report.hpp"
#include "router/memory/lessons.hpp"

namespace chaos::router {
namespace {

/// A permit that is out goes back as neutral, also when the round is cancelled.
class ProbePermit {
public:
    ProbePermit(net::Runtime& runtime, MemoryOfFailure& memory, Place place, Permit permit)
        : runtime_(runtime), memory_(memory), place_(place), permit_(permit)
    {
    }
    ~ProbePermit()
    {
        if (!settled_) memory_.settle(place_, permit_, {}, runtime_.clock().now());
    }
    ProbePermit(const ProbePermit&) = delete;
    ProbePermit& operator=(const ProbePermit&) = delete;

    void settle(const Outcome& outcome)
    {
        settled_ = true;
        memory_.settle(place_, permit_, worth_of_probe(permit_, outcome), runtime_.clock().now());
    }

private:
    net::Runtime& runtime_;
    MemoryOfFailure& memory_;
    Place place_;
    Permit permit_;
    bool settled_ = false;
};

Outcome probe_failed(const net::Error& error)
{
    Outcome outcome;
    outcome.what = OutcomeClass::transient;
    outcome.why = "no answer to a health probe: " + error.message();
    return outcome;
}

bool has_page(const Policy& policy, const Target& target)
{
    const auto own = policy.providers.find(target.name);
    return own != policy.providers.end() && !own->second.status_page.empty();
}

/// Nothing: no round is ever due.
net::Duration pages_every(const Watched& watched)
{
    for (const Target& target : watched.targets) {
        if (has_page(watched.policy, target)) return watched.policy.status_pages.every;
    }
    return {};
}

}  // namespace

HealthWatch::HealthWatch(net::Runtime& runtime, MemoryOfFailure& memory, Observer& observer,
                         std::function<Watched()> look, std::function<void()> changed)
    : runtime_(runtime),
      memory_(memory),
      observer_(observer),
      look_(std::move(look)),
      changed_(std::move(changed)),
      probes_due_("health probes"),
      pages_due_("status pages")
{
}

void HealthWatch::configuration_changed()
{
    probes_due_.notify_all();
    pages_due_.notify_all();
}

/// Until the next round is due, or the configuration has become another. 0: only that.
net::Task<void> HealthWatch::pause(net::Condition& condition, net::Duration every)
{
    const auto timer = runtime_.clock().make_timer();
    if (every > net::Duration{}) timer->arm(runtime_.clock().now() + every, [&condition] { condition.notify_all(); });
    co_await condition.wait();
}

/// One of the routers that share a memory does the round; their clocks need not beat at once.
bool HealthWatch::is_mine(Chore chore, net::Duration every)
{
    const net::Instant now = runtime_.clock().now();
    return every > net::Duration{} && memory_.claim(chore, now + every - every / 10, now);
}

net::Task<void> HealthWatch::probe()
{
    while (true) {
        const net::Duration every = look_().policy.probe.every;
        co_await pause(probes_due_, every);
        Watched watched = look_();
        const bool mine = is_mine(Chore::probes, watched.policy.probe.every);
        if (mine) co_await probe_round(std::move(watched));
    }
}

net::Task<void> HealthWatch::read_pages()
{
    while (true) {
        Watched watched = look_();
        const net::Duration every = pages_every(watched);
        const bool mine = is_mine(Chore::status_pages, every);
        if (mine) co_await page_round(std::move(watched));
        co_await pause(pages_due_, every);
    }
}

net::Task<void> HealthWatch::probe_round(Watched watched)
{
    net::TaskGroup probes(runtime_.executor());
    for (const Probed& probed : all_probed(watched.policy, watched.targets, memory_)) {
        const net::Instant now = runtime_.clock().now();
        if (wants_probe(watched.policy.probe.when, memory_.standing(probed.place, now), now))
            probes.spawn(probe_one(watched, probed));
    }
    co_await probes.join();
}

net::Task<void> HealthWatch::page_round(Watched watched)
{
    net::TaskGroup looks(runtime_.executor());
    for (std::size_t target = 0; target < watched.targets.size(); ++target) {
        if (has_page(watched.policy, watched.targets[target])) looks.spawn(read_page(watched, target));
    }
    co_await looks.join();
}

net::Task<void> HealthWatch::probe_one(Watched watched, Probed probed)
{
    const net::Instant began = runtime_.clock().now();
    const auto permit = memory_.enter(probed.place, Entry::early, began);
    if (!permit) co_return;
    ProbePermit mine(runtime_, memory_, probed.place, *permit);
    const Target& target = watched.targets[probed.target];
    net::http::Request request = probe_request(target, probed.key, watched.policy.probe.how);
    const net::Instant deadline = began + watched.policy.probe.timeout;
    auto response = co_await watched.client.fetch(target.endpoint, std::move(request), deadline);
    const bool stopped = co_await net::is_cancelled();
    if (stopped) co_return;
    const Outcome outcome = response ? read_probe(*response, watched.policy.probe.how) : probe_failed(response.error());
    const net::Instant now = runtime_.clock().now();
    const Breaker::State before = memory_.standing(probed.place, now).state;
    mine.settle(outcome);
    apply_rests(memory_, probed.place, outcome, watched.policy.breaker.account_rest, now);
    const Breaker::State after = memory_.standing(probed.place, now).state;
    if (after != before) observer_.breaker_changed({"", target.name, spelling(after), now});
    changed_();
}

net::Task<void> HealthWatch::read_page(Watched watched, std::size_t target)
{
    const ProviderPolicy& own = watched.policy.providers.at(watched.targets[target].name);
    const auto url = net::http::parse_url(own.status_page);
    if (!url) co_return;  // the reader of the configuration has complained
    net::http::Request request;
    request.head.target = status_path(url->path, own.status_component);
    request.head.headers.add("accept", "application/json");
    const net::Instant deadline = runtime_.clock().now() + watched.policy.status_pages.timeout;
    auto response = co_await watched.client.fetch(url->endpoint, std::move(request), deadline);
    if (!response || response->head.status != 200) co_return;
    const auto down = reported_down(response->body, own.status_component);
    if (!down) co_return;
    const net::Instant good_until = runtime_.clock().now() + watched.policy.status_pages.good_for;
    for (const Probed& probed : all_probed(watched.policy, watched.targets, memory_)) {
        if (probed.target == target) memory_.report(probed.place, *down, good_until);
    }
}

}  // namespace chaos::router
