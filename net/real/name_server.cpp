// One UDP socket; what is asked and not ours does not exist.
#include "net/real/name_server.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/basic_datagram_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/udp.hpp>
#include <deque>
#include <map>

#include "net/real/dns_message.hpp"
#include "net/waiter.hpp"

namespace chaos::net::real {
namespace {

using Udp = asio::ip::udp;
using UdpSocket = asio::basic_datagram_socket<Udp, Executor>;

/// A question of ours that was lost on its way, which does not happen on loopback unless a buffer is full.
constexpr Duration dns_probe_patience = std::chrono::seconds(1);
/// A resolver asks again under the same id and from the same port; so many lookups are told apart from that.
constexpr std::size_t lookups_remembered = 256;
constexpr std::size_t largest_datagram = 1500;

const Udp::endpoint some_loopback_port(asio::ip::address_v4::loopback(), 0);

dns::Code code_of(NameAnswer answer)
{
    return answer == NameAnswer::address    ? dns::Code::ok
           : answer == NameAnswer::nxdomain ? dns::Code::nxdomain
                                            : dns::Code::servfail;
}

/// What is known of a name that somebody owns.
struct OwnedName {
    NameAnswer answer = NameAnswer::address;
    std::function<void()> lookup;
    std::deque<std::pair<std::uint16_t, std::uint16_t>> seen;  ///< port and id of whoever asked

    /// False if this is the same lookup, asking again.
    bool is_new(std::uint16_t port, std::uint16_t id)
    {
        const std::pair asked(port, id);
        if (std::find(seen.begin(), seen.end(), asked) != seen.end()) return false;
        if (seen.size() == lookups_remembered) seen.pop_front();
        seen.push_back(asked);
        return true;
    }
};

}  // namespace

struct NameServer::State : std::enable_shared_from_this<State> {
    State(const Executor& executor, Clock& c) : clock(c), socket(executor)
    {
        Error error;
        socket.open(Udp::v4(), error);
        if (!error) socket.bind(some_loopback_port, error);
        trouble = error;
        if (!trouble) at = socket.local_endpoint(trouble);
    }

    void listen()
    {
        socket.async_receive_from(asio::buffer(buffer), from,
                                  [state = shared_from_this()](Error error, std::size_t size) {
                                      if (error == asio::error::operation_aborted) return;
                                      if (!error) state->answer(std::string_view(state->buffer.data(), size));
                                      state->listen();
                                  });
    }

    void answer(std::string_view message)
    {
        const auto question = dns::read_query(message);
        if (!question) return;
        const auto place = names.find(question->name);
        if (place == names.end()) return say(dns::answer(*question, dns::Code::nxdomain, false));
        OwnedName& name = place->second;
        const NameAnswer said = name.answer;
        const auto prober = probers.find(from);
        const bool is_lookup = question->type == dns::type_a && said != NameAnswer::address && prober == probers.end();
        if (said != NameAnswer::silence) {
            say(dns::answer(*question, code_of(said), said == NameAnswer::address && question->type == dns::type_a));
        }
        if (said == NameAnswer::silence && prober != probers.end()) prober->second();
        if (is_lookup && name.is_new(from.port(), question->id) && name.lookup) name.lookup();
    }

    void say(const std::string& bytes)
    {
        Error ignored;  // whoever asked asks again
        socket.send_to(asio::buffer(bytes), from, 0, ignored);
    }

    Task<NameAnswer> probe(std::string name);

    Clock& clock;
    UdpSocket socket;
    Error trouble;
    Udp::endpoint at;
    Udp::endpoint from;
    /// Our own questions come from here; to be called when one was read and will not be answered.
    std::map<Udp::endpoint, std::function<void()>> probers;
    std::array<char, largest_datagram> buffer{};
    std::map<std::string, OwnedName> names;
};

namespace {

/// A question of our own under way.
struct DnsProbe {
    explicit DnsProbe(const Executor& executor) : socket(executor), answered("name probe") {}

    UdpSocket socket;
    Waiter answered;
    std::array<char, largest_datagram> buffer{};
    std::optional<dns::Response> response;
};

constexpr std::uint16_t probe_id = 1;

}  // namespace

Task<NameAnswer> NameServer::State::probe(std::string name)
{
    const auto alive = shared_from_this();
    const auto probe = std::make_shared<DnsProbe>(socket.get_executor());
    Error error;
    probe->socket.open(Udp::v4(), error);
    if (!error) probe->socket.bind(some_loopback_port, error);
    const Udp::endpoint asks_from = probe->socket.local_endpoint(error);
    if (!error) probe->socket.connect(at, error);
    if (!error) probe->socket.send(asio::buffer(dns::write_query(probe_id, name)), 0, error);
    probe->socket.async_receive(asio::buffer(probe->buffer), [probe](Error failed, std::size_t size) {
        if (!failed) probe->response = dns::read_response(std::string_view(probe->buffer.data(), size), probe_id);
        probe->answered.wake(Wake::notified);
    });
    const std::unique_ptr<Timer> alarm = clock.make_timer();
    const auto left_alone = [probe] { probe->answered.wake(Wake::notified); };
    probers[asks_from] = left_alone;
    alarm->arm(clock.now() + dns_probe_patience, left_alone);
    const Wake wake = co_await probe->answered.wait();
    probers.erase(asks_from);
    probe->socket.close(error);
    if (wake == Wake::aborted) throw_aborted();
    if (!probe->response) co_return NameAnswer::silence;
    if (probe->response->code == dns::Code::nxdomain) co_return NameAnswer::nxdomain;
    co_return probe->response->code == dns::Code::ok ? NameAnswer::address : NameAnswer::servfail;
}

namespace {

template <class State>
class ServedName final : public HostName {
public:
    ServedName(std::shared_ptr<State> server, std::string name) : server_(std::move(server)), name_(std::move(name)) {}
    ~ServedName() override { server_->names.erase(name_); }

    std::string text() const override { return name_; }
    void set_answer(NameAnswer answer) override { server_->names.at(name_).answer = answer; }
    void on_lookup(std::function<void()> lookup) override { server_->names.at(name_).lookup = std::move(lookup); }
    Task<NameAnswer> probe() override { return server_->probe(name_); }

private:
    std::shared_ptr<State> server_;
    std::string name_;
};

}  // namespace

NameServer::NameServer(Executor executor, Clock& clock) : state_(std::make_shared<State>(executor, clock))
{
    if (!state_->trouble) state_->listen();
}

NameServer::~NameServer()
{
    Error ignored;
    state_->socket.close(ignored);
}

Result<std::unique_ptr<HostName>> NameServer::own(const std::string& name)
{
    if (state_->trouble) return state_->trouble;
    if (!state_->names.try_emplace(name).second) return Error(asio::error::address_in_use);
    return std::unique_ptr<HostName>(std::make_unique<ServedName<State>>(state_, name));
}

bool NameServer::knows(const std::string& name) const
{
    return state_->names.contains(name);
}

std::uint16_t NameServer::port() const
{
    return state_->at.port();
}

}  // namespace chaos::net::real
