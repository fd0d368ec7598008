// The proxies that Toxiproxy's API knows, and what stands behind each: a provider of the scenario, or a forwarder.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/toxiproxy/toxic.hpp"
#include "net/task.hpp"

namespace chaos::harness::toxiproxy {

/// What a proxy opens and closes, and whose connections take its toxics. The gate is closed at first.
class Gate {
public:
    virtual ~Gate() = default;
    /// Where it then listens ("127.0.0.1:2000"), or why it cannot.
    virtual net::Result<std::string> open(const std::string& listen, const std::string& upstream) = 0;
    virtual void close() = 0;
    virtual void set_rules(std::vector<net::faults::SharedRule> rules) = 0;
};

struct Proxy {
    std::string name;
    std::string listen;
    std::string upstream;
    bool enabled = false;
    bool fixed = false;  ///< a provider of the scenario: it stays, and its addresses do
    std::vector<Toxic> toxics;
    std::unique_ptr<Gate> gate;
};

/// {"name", "listen", "upstream", "enabled", "toxics"}: upstream toxics first, as Toxiproxy lists them.
nlohmann::ordered_json to_json(const Proxy& proxy);

class Proxies {
public:
    using MakeGate = std::function<std::unique_ptr<Gate>()>;
    Proxies(net::Chance chance, MakeGate make_gate) : chance_(chance), make_gate_(std::move(make_gate)) {}

    /// A provider, which is open already.
    void add_fixed(const std::string& name, const std::string& listen, std::unique_ptr<Gate> gate);

    const std::map<std::string, Proxy>& all() const { return proxies_; }
    Proxy* find(const std::string& name);

    /// Opens it if it is to be enabled; it is there only if that worked.
    std::optional<Problem> create(const std::string& name, const std::string& listen, const std::string& upstream,
                                  bool enabled);
    std::optional<Problem> update(Proxy& proxy, const std::string& listen, const std::string& upstream, bool enabled);
    std::optional<Problem> remove(const std::string& name);
    /// Every proxy is enabled and has no toxics.
    std::optional<Problem> reset();

    std::optional<Problem> add_toxic(Proxy& proxy, Toxic toxic);
    /// Null if there is none of this name.
    static Toxic* find_toxic(Proxy& proxy, const std::string& name);
    void remove_toxic(Proxy& proxy, const std::string& name);
    /// After a toxic was changed in its place.
    void apply(Proxy& proxy);

private:
    static std::optional<Problem> open(Proxy& proxy);

    net::Chance chance_;
    MakeGate make_gate_;
    std::map<std::string, Proxy> proxies_;
};

}  // namespace chaos::harness::toxiproxy
