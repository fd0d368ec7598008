// Lookups, connects, listeners and what stands between them.
#include "net/simulation/memory_network.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <deque>
#include <vector>

#include "net/condition.hpp"
#include "net/simulation/connection.hpp"

namespace chaos::net::simulation {
namespace {

constexpr std::uint16_t first_port = 20'000;

/// Linux sends a SYN again after 1, 3, 7, 15, 31 and 63 seconds, and gives up after 127 (tcp_syn_retries = 6).
constexpr int syn_retries = 6;
constexpr Duration first_retry = std::chrono::seconds(1);

/// The C library asks a name server twice, and waits so long for each answer (resolv.conf(5): attempts, timeout).
constexpr int name_attempts = 2;
constexpr Duration name_patience = std::chrono::seconds(5);

std::string canonical_host(const std::string& host)
{
    return host == "localhost" || host == "0.0.0.0" ? "127.0.0.1" : host;
}

bool is_numeric(const std::string& host)
{
    return host.find_first_not_of("0123456789.") == std::string::npos || host.find(':') != std::string::npos;
}

}  // namespace

class ListenerState final : public std::enable_shared_from_this<ListenerState> {
public:
    ListenerState(std::shared_ptr<World> w, Endpoint e) : world(std::move(w)), endpoint(std::move(e)), changed("accept")
    {
    }

    /// A client's handshake is on its way; the connection waits here until the server accepts it.
    std::shared_ptr<Connection> begin_connection();
    void reset_unaccepted();
    void established(Connection& connection);
    Task<Result<StreamPtr>> accept();
    void close();
    void admit(Admission how);

    std::shared_ptr<World> world;
    Endpoint endpoint;
    Admission admission = Admission::open;
    bool closed = false;
    std::function<void()> contact;
    std::vector<std::shared_ptr<Connection>> arriving;
    std::deque<std::shared_ptr<Connection>> ready;
    Condition changed;
};

std::shared_ptr<Connection> ListenerState::begin_connection()
{
    auto arrives = [listener = weak_from_this()](Connection& connection) {
        if (const auto state = listener.lock()) {
            state->established(connection);
        } else {
            connection.close(End::server, Close::reset);
        }
    };
    arriving.push_back(std::make_shared<Connection>(world, std::move(arrives)));
    return arriving.back();
}

void ListenerState::established(Connection& connection)
{
    const auto place =
        std::find_if(arriving.begin(), arriving.end(), [&](const auto& c) { return c.get() == &connection; });
    const std::shared_ptr<Connection> arrived = std::move(*place);
    arriving.erase(place);
    if (closed || admission == Admission::refuse) {
        arrived->close(End::server, Close::reset);
    } else {
        ready.push_back(arrived);
        changed.notify_one();
    }
}

Task<Result<StreamPtr>> ListenerState::accept()
{
    const std::shared_ptr<ListenerState> alive = shared_from_this();
    while (!closed && (ready.empty() || admission != Admission::open)) {
        const Wake wake = co_await changed.wait_quietly();
        if (wake == Wake::aborted) co_return aborted();
    }
    if (closed) co_return aborted();
    std::shared_ptr<Connection> connection = std::move(ready.front());
    ready.pop_front();
    co_return make_stream(std::move(connection), End::server);
}

void ListenerState::reset_unaccepted()
{
    for (const auto& connection : ready) connection->close(End::server, Close::reset);
    ready.clear();
}

void ListenerState::close()
{
    closed = true;
    reset_unaccepted();
    changed.notify_all();
}

void ListenerState::admit(Admission how)
{
    admission = how;
    if (how == Admission::refuse) reset_unaccepted();
    changed.notify_all();
}

/// A name that somebody owns, as the name server knows it.
struct KnownName {
    NameAnswer answer = NameAnswer::address;
    std::function<void()> lookup;
};

/// Who listens where.
struct MemoryNetwork::Places {
    explicit Places(std::shared_ptr<World> w) : world(std::move(w)) {}

    ListenerState* find(const Endpoint& at) const
    {
        const auto place = listeners.find(at);
        return place == listeners.end() ? nullptr : place->second;
    }
    std::uint16_t free_port(const std::string& host)
    {
        while (find({host, next_port}) != nullptr) ++next_port;
        return next_port++;
    }

    std::shared_ptr<World> world;
    std::map<Endpoint, ListenerState*> listeners;
    std::set<std::string> hosts;  ///< where somebody listens or once did
    std::map<std::string, KnownName> names;
    std::uint16_t next_port = first_port;
};

namespace {

template <class Places>
class MemoryListener final : public Listener {
public:
    MemoryListener(std::shared_ptr<Places> places, const Endpoint& key, const Endpoint& shown)
        : places_(std::move(places)), key_(key), state_(std::make_shared<ListenerState>(places_->world, shown))
    {
        places_->listeners[key_] = state_.get();
        places_->hosts.insert(key_.host);
    }
    ~MemoryListener() override { close(); }

    Endpoint endpoint() const override { return state_->endpoint; }
    Task<Result<StreamPtr>> accept() override { return state_->accept(); }

    void close() override
    {
        if (state_->closed) return;
        places_->listeners.erase(key_);
        state_->close();
    }

    Error set_admission(Admission admission) override
    {
        if (state_->closed) return asio::error::operation_aborted;
        state_->admit(admission);
        return {};
    }

    void on_contact(std::function<void()> contact) override { state_->contact = std::move(contact); }

    Task<Admission> probe() override { co_return state_->closed ? Admission::refuse : state_->admission; }

private:
    std::shared_ptr<Places> places_;
    Endpoint key_;
    std::shared_ptr<ListenerState> state_;
};

template <class Places>
class MemoryName final : public HostName {
public:
    MemoryName(std::shared_ptr<Places> places, std::string name) : places_(std::move(places)), name_(std::move(name)) {}
    ~MemoryName() override { places_->names.erase(name_); }

    std::string text() const override { return name_; }
    void set_answer(NameAnswer answer) override { places_->names.at(name_).answer = answer; }
    void on_lookup(std::function<void()> lookup) override { places_->names.at(name_).lookup = std::move(lookup); }
    Task<NameAnswer> probe() override { co_return places_->names.at(name_).answer; }

private:
    std::shared_ptr<Places> places_;
    std::string name_;
};

/// One lookup: the question travels, is answered or not (and then asked again), and the answer travels back.
template <class Places>
class Lookup final : private Event {
public:
    Lookup(Places& places, std::string name)
        : Event(places.world->events),
          places_(places),
          world_(*places.world),
          name_(std::move(name)),
          answered_("resolve")
    {
        schedule(world_.now + world_.settings.latency);
    }

    Waiter::Wait answered() { return answered_.wait(); }
    void give_up() { answered_.wake(Wake::notified); }
    /// Until there is an answer: that the caller's time is over.
    Error error() const { return error_; }

private:
    enum class Travelling { question, answer, nothing };

    void happen() override
    {
        if (travelling_ == Travelling::question) return ask();
        error_ = travelling_ == Travelling::nothing ? asio::error::host_not_found_try_again : result_;
        answered_.wake(Wake::notified);
    }

    void ask()
    {
        const auto place = places_.names.find(name_);
        const NameAnswer answer = place == places_.names.end() ? NameAnswer::nxdomain : place->second.answer;
        const bool again = ++asked_ < name_attempts;
        const Instant back = world_.now + world_.settings.latency;
        if (answer == NameAnswer::silence) {
            travelling_ = again ? Travelling::question : Travelling::nothing;
            schedule(world_.now + name_patience);
        } else if (answer == NameAnswer::servfail && again) {
            schedule(back + world_.settings.latency);
        } else {
            travelling_ = Travelling::answer;
            if (answer == NameAnswer::nxdomain) result_ = asio::error::host_not_found;
            if (answer == NameAnswer::servfail) result_ = asio::error::host_not_found_try_again;
            schedule(back);
        }
        if (answer == NameAnswer::address || place == places_.names.end() || std::exchange(seen_, true)) return;
        if (place->second.lookup) place->second.lookup();
    }

    Places& places_;
    World& world_;
    std::string name_;
    Waiter answered_;
    int asked_ = 0;
    bool seen_ = false;
    Travelling travelling_ = Travelling::question;
    Error result_;
    Error error_ = asio::error::timed_out;
};

/// One connect: the SYN travels, is answered, refused or lost (and then sent again), and the answer travels back.
template <class Places>
class Attempt final : private Event {
public:
    Attempt(Places& places, Endpoint to)
        : Event(places.world->events),
          places_(places),
          world_(*places.world),
          to_(std::move(to)),
          answered_("connect"),
          first_sent_(world_.now)
    {
        schedule(world_.now + world_.settings.latency);
    }

    Waiter::Wait answered() { return answered_.wait(); }
    void give_up() { answered_.wake(Wake::notified); }
    const std::shared_ptr<Connection>& connection() const { return connection_; }
    Error error() const { return error_; }

private:
    enum class Travelling { syn, acceptance, refusal, nothing };

    void happen() override
    {
        switch (travelling_) {
            case Travelling::syn:
                return knock();
            case Travelling::acceptance:
                return finish_handshake();
            case Travelling::refusal:
                return fail(asio::error::connection_refused);
            case Travelling::nothing:
                return fail(asio::error::timed_out);
        }
    }

    void fail(const Error& error)
    {
        error_ = error;
        answered_.wake(Wake::notified);
    }

    void knock()
    {
        ListenerState* listener = places_.find(to_);
        const Admission admission = listener == nullptr ? Admission::refuse : listener->admission;
        if (admission == Admission::silent) {
            send_again();
        } else {
            travelling_ = admission == Admission::open ? Travelling::acceptance : Travelling::refusal;
            schedule(world_.now + world_.settings.latency);
        }
        if (admission != Admission::open && listener != nullptr && !std::exchange(seen_, true) && listener->contact)
            listener->contact();
    }

    void send_again()
    {
        ++sent_again_;
        const Instant next = first_sent_ + first_retry * ((1 << sent_again_) - 1);
        if (sent_again_ > syn_retries) {
            travelling_ = Travelling::nothing;
            return schedule(next);
        }
        schedule(next + world_.settings.latency);
    }

    /// The client is connected from now on; the listener learns of it one latency later.
    void finish_handshake()
    {
        if (ListenerState* listener = places_.find(to_)) {
            connection_ = listener->begin_connection();
        } else {
            error_ = asio::error::connection_reset;
        }
        answered_.wake(Wake::notified);
    }

    Places& places_;
    World& world_;
    Endpoint to_;
    Waiter answered_;
    Instant first_sent_;
    int sent_again_ = 0;
    bool seen_ = false;
    Travelling travelling_ = Travelling::syn;
    std::shared_ptr<Connection> connection_;
    Error error_;
};

/// The caller's patience with one attempt.
template <class Attempt>
class Deadline final : private Event {
public:
    Deadline(World& world, Attempt& attempt, Instant at) : Event(world.events), attempt_(attempt)
    {
        if (at != never) schedule(std::max(at, world.now));
    }

private:
    void happen() override { attempt_.give_up(); }

    Attempt& attempt_;
};

}  // namespace

MemoryNetwork::MemoryNetwork(std::shared_ptr<World> world) : places_(std::make_shared<Places>(std::move(world))) {}
MemoryNetwork::~MemoryNetwork() = default;

Task<Error> MemoryNetwork::look_up(std::string name, Instant deadline)
{
    const std::shared_ptr<Places> places = places_;
    Lookup<Places> lookup(*places, std::move(name));
    const Deadline<Lookup<Places>> patience(*places->world, lookup, deadline);
    const Wake wake = co_await lookup.answered();
    co_return wake == Wake::aborted ? aborted() : lookup.error();
}

Task<Result<StreamPtr>> MemoryNetwork::connect(Endpoint to, Instant deadline)
{
    const std::shared_ptr<Places> places = places_;
    to.host = canonical_host(to.host);
    if (places->names.contains(to.host)) {
        const Error error = co_await look_up(to.host, deadline);
        if (error) co_return error;
        to.host = canonical_host("localhost");
    }
    if (!is_numeric(to.host) && !places->hosts.contains(to.host)) co_return Error(asio::error::host_not_found);
    Attempt<Places> attempt(*places, to);
    const Deadline<Attempt<Places>> patience(*places->world, attempt, deadline);
    const Wake wake = co_await attempt.answered();
    if (wake == Wake::aborted) co_return aborted();
    if (attempt.connection()) co_return make_stream(attempt.connection(), End::client);
    co_return attempt.error() ? attempt.error() : Error(asio::error::timed_out);
}

Result<std::unique_ptr<HostName>> MemoryNetwork::own_name(const std::string& name)
{
    if (places_->hosts.contains(name) || !places_->names.try_emplace(name).second) {
        return Error(asio::error::address_in_use);
    }
    return std::unique_ptr<HostName>(std::make_unique<MemoryName<Places>>(places_, name));
}

Result<std::unique_ptr<Listener>> MemoryNetwork::listen(const Endpoint& at)
{
    Endpoint key{canonical_host(at.host), at.port};
    if (key.port == 0) key.port = places_->free_port(key.host);
    if (places_->find(key) != nullptr) return Error(asio::error::address_in_use);
    return std::unique_ptr<Listener>(
        std::make_unique<MemoryListener<Places>>(places_, key, Endpoint{at.host, key.port}));
}

}  // namespace chaos::net::simulation
