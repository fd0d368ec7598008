// Opening and closing what toxics act on.
#include "harness/toxiproxy/gates.hpp"

#include <boost/asio/error.hpp>
#include <charconv>

#include "net/faults/forwarder.hpp"

namespace chaos::harness::toxiproxy {
namespace {

class ProviderGate final : public Gate {
public:
    explicit ProviderGate(mock_providers::Provider& provider) : provider_(provider) {}

    net::Result<std::string> open(const std::string&, const std::string&) override
    {
        provider_.set_down(false);
        return net::to_string(provider_.endpoint());
    }
    void close() override { provider_.set_down(true); }
    void set_rules(std::vector<net::faults::SharedRule> rules) override { provider_.set_toxics(std::move(rules)); }

private:
    mock_providers::Provider& provider_;
};

/// Serves for as long as a task of the group holds it, also when its gate is closed or gone.
net::Task<void> serve(std::shared_ptr<net::faults::Forwarder> forwarder)
{
    co_await forwarder->serve();
}

class ForwarderGate final : public Gate {
public:
    ForwarderGate(net::Runtime& runtime, net::TaskGroup& tasks) : runtime_(runtime), tasks_(tasks) {}
    ~ForwarderGate() override { close(); }

    net::Result<std::string> open(const std::string& listen, const std::string& upstream) override
    {
        const auto at = parse_address(listen.empty() ? "127.0.0.1:0" : listen);
        const auto to = parse_address(upstream);
        if (!at || !to) return net::Error(boost::asio::error::invalid_argument);
        auto listener = runtime_.network().listen(*at);
        if (!listener) return listener.error();
        forwarder_ = std::make_shared<net::faults::Forwarder>(runtime_, std::move(*listener), *to);
        forwarder_->link().set_rules(rules_);
        tasks_.spawn(serve(forwarder_));
        return net::to_string(forwarder_->endpoint());
    }

    void close() override
    {
        if (forwarder_) forwarder_->stop();
        forwarder_ = nullptr;
    }

    void set_rules(std::vector<net::faults::SharedRule> rules) override
    {
        rules_ = std::move(rules);
        if (forwarder_) forwarder_->link().set_rules(rules_);
    }

private:
    net::Runtime& runtime_;
    net::TaskGroup& tasks_;
    std::vector<net::faults::SharedRule> rules_;
    std::shared_ptr<net::faults::Forwarder> forwarder_;
};

}  // namespace

std::unique_ptr<Gate> provider_gate(mock_providers::Provider& provider)
{
    return std::make_unique<ProviderGate>(provider);
}

std::unique_ptr<Gate> forwarder_gate(net::Runtime& runtime, net::TaskGroup& tasks)
{
    return std::make_unique<ForwarderGate>(runtime, tasks);
}

std::optional<net::Endpoint> parse_address(std::string_view text)
{
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    net::Endpoint endpoint;
    const std::string_view port = text.substr(colon + 1);
    const auto read = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
    if (port.empty() || read.ec != std::errc() || read.ptr != port.data() + port.size()) return std::nullopt;
    std::string_view host = text.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    if (!host.empty() && host != "localhost") endpoint.host = host;
    return endpoint;
}

}  // namespace chaos::harness::toxiproxy
