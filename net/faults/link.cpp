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
    const std::vector<std::shared_ptr<LinkConnection>> connections = weather.connections;
    for (const auto& connection : connections) action(*connection);
}

void clear_up(Weather& weather)
{
    weather.dark = false;
    weather.delay = Duration::zero();
    for_each_connection(weather, [](LinkConnection& connection) { connection.weather_changed(); });
}

}  // namespace

Link::Link(Clock& clock, Executor executor, Listener& listener)
    : listener_(listener), weather_(std::make_shared<Weather>(clock, std::move(executor)))
{
}

Link::~Link()
{
    weather_->contact = nullptr;
    clear_up(*weather_);
    weather_->connections.clear();
}

StreamPtr Link::wrap(StreamPtr stream)
{
    const auto connection = std::make_shared<LinkConnection>(weather_, std::move(stream));
    weather_->connections.push_back(connection);
    connection->start();
    return make_stream(connection);
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
    weather_->delay = each_way;
    for_each_connection(*weather_, [](LinkConnection& connection) { connection.weather_changed(); });
}

Error Link::heal()
{
    clear_up(*weather_);
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
        std::count_if(all.begin(), all.end(), [](const auto& c) { return !c->closed_by_owner(); }));
}

}  // namespace chaos::net::faults
