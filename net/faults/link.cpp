// Making the weather of a link.
#include "net/faults/link.hpp"

#include <algorithm>

#include "net/faults/link_stream.hpp"

namespace chaos::net::faults {
namespace {

/// Connections leave the list while it is being worked through.
template <class Action>
void for_each_connection(const Weather& weather, Action action)
{
    const auto connections = weather.connections;
    for (const auto& [number, connection] : connections) action(*connection);
}

}  // namespace

Link::Link(Clock& clock, Executor executor, Listener& listener)
    : listener_(listener), weather_(std::make_shared<Weather>(clock, std::move(executor)))
{
}

Link::~Link()
{
    weather_->contact = nullptr;
    weather_->done = nullptr;
    weather_->dark = false;
    weather_->rules.clear();
    for_each_connection(*weather_, [](LinkConnection& connection) { connection.rules_changed(); });
    weather_->connections.clear();
}

StreamPtr Link::wrap(StreamPtr stream)
{
    return wrap(std::move(stream), wrapped_ + 1);
}

StreamPtr Link::wrap(StreamPtr stream, std::uint64_t ordinal)
{
    const std::uint64_t number = ++wrapped_;
    const auto connection = std::make_shared<LinkConnection>(weather_, std::move(stream), number, ordinal);
    weather_->connections.emplace(number, connection);
    connection->start();
    return make_stream(connection);
}

void Link::set_rules(std::vector<SharedRule> rules)
{
    rules_ = std::move(rules);
    apply_rules();
}

void Link::apply_rules()
{
    weather_->rules = rules_;
    if (delay_) weather_->rules.insert(weather_->rules.begin(), delay_);
    for_each_connection(*weather_, [](LinkConnection& connection) { connection.rules_changed(); });
}

void Link::on_done(OnDone done)
{
    weather_->done = std::move(done);
}

void Link::exchange_began(std::uint64_t nth)
{
    const auto found = weather_->connections.find(nth);
    if (found != weather_->connections.end()) found->second->exchange_began();
}

void Link::exchange_ended(std::uint64_t nth)
{
    const auto found = weather_->connections.find(nth);
    if (found != weather_->connections.end()) found->second->exchange_ended();
}

Error Link::blackhole(bool open_connections)
{
    weather_->dark = open_connections;
    for_each_connection(*weather_, [](LinkConnection& connection) {
        connection.forget_contact();
        connection.weather_changed();
    });
    return listener_.set_admission(Admission::silent);
}

Error Link::refuse(bool reset_open)
{
    if (reset_open) sever(Close::reset);
    return listener_.set_admission(Admission::refuse);
}

void Link::sever(Close how)
{
    for_each_connection(*weather_, [how](LinkConnection& connection) { connection.sever(how); });
}

void Link::delay(Duration each_way)
{
    auto rule = std::make_shared<Rule>();
    rule->name = "delay";
    rule->effect = Latency{each_way, {}, Distribution::fixed};
    delay_ = each_way > Duration::zero() ? SharedRule(std::move(rule)) : nullptr;
    apply_rules();
}

Error Link::heal()
{
    weather_->dark = false;
    delay_ = nullptr;
    apply_rules();
    return listener_.set_admission(Admission::open);
}

void Link::on_contact(std::function<void()> contact)
{
    listener_.on_contact(contact);
    weather_->contact = std::move(contact);
}

std::size_t Link::open_streams() const
{
    const auto& all = weather_->connections;
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [](const auto& entry) { return !entry.second->closed_by_owner(); }));
}

}  // namespace chaos::net::faults
