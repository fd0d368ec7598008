// Pool: shelves of idle connections and one alarm for the oldest of them.
#include "net/http/pool.hpp"

#include <algorithm>

namespace chaos::net::http {

Pool::Pool(Clock& clock, std::size_t per_endpoint, Duration idle_timeout)
    : clock_(clock), per_endpoint_(per_endpoint), idle_timeout_(idle_timeout), watchdog_(clock, [this] { sweep(); })
{
}

std::shared_ptr<Connection> Pool::take(const Endpoint& endpoint)
{
    const auto found = shelves_.find(endpoint);
    while (found != shelves_.end() && !found->second.empty()) {
        std::shared_ptr<Connection> connection = std::move(found->second.back().connection);
        found->second.pop_back();
        --size_;
        connection->set_watcher(nullptr);
        if (!connection->ended() && connection->unread().empty()) {
            return connection;
        }
        connection->close(Close::fin);  // what it said unasked, e.g. a 408 before closing, answers no request of ours
    }
    return nullptr;
}

void Pool::park(const Endpoint& endpoint, std::shared_ptr<Connection> connection)
{
    if (per_endpoint_ == 0) {
        connection->close(Close::fin);
        return;
    }
    Shelf& shelf = shelves_[endpoint];
    if (shelf.size() >= per_endpoint_) {
        remove(shelf, shelf.begin());
    }
    const Instant until = clock_.now() + idle_timeout_;
    if (size_ == 0) {
        watchdog_.arm(until);
    }
    connection->set_watcher(this);
    shelf.push_back({std::move(connection), until});
    ++size_;
}

void Pool::remove(Shelf& shelf, Shelf::iterator parked)
{
    parked->connection->set_watcher(nullptr);
    parked->connection->shutdown_write();
    parked->connection->close(Close::fin);
    shelf.erase(parked);
    --size_;
}

void Pool::clear()
{
    for (auto& [endpoint, shelf] : shelves_) {
        while (!shelf.empty()) {
            remove(shelf, shelf.begin());
        }
    }
    watchdog_.disarm();
}

void Pool::connection_ended(Connection& connection)
{
    for (auto& [endpoint, shelf] : shelves_) {
        const auto parked = std::find_if(shelf.begin(), shelf.end(),
                                         [&](const Parked& p) { return p.connection.get() == &connection; });
        if (parked != shelf.end()) {
            remove(shelf, parked);
            return;
        }
    }
}

void Pool::sweep()
{
    const Instant now = clock_.now();
    Instant next = never;
    for (auto& [endpoint, shelf] : shelves_) {
        while (!shelf.empty() && shelf.front().until <= now) {
            remove(shelf, shelf.begin());
        }
        if (!shelf.empty()) {
            next = std::min(next, shelf.front().until);
        }
    }
    watchdog_.arm(next);
}

}  // namespace chaos::net::http
