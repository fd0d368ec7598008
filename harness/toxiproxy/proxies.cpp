// Creating, changing and removing proxies, each change at once.
#include "harness/toxiproxy/proxies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace chaos::harness::toxiproxy {
namespace {

constexpr std::size_t most_proxies = 1'000;
constexpr std::size_t most_toxics = 100;
constexpr std::string_view of_the_scenario = "chaos";

std::string numeric(std::string address)
{
    if (address.rfind("localhost:", 0) == 0) address.replace(0, 9, "127.0.0.1");
    return address;
}

}  // namespace

nlohmann::ordered_json to_json(const Proxy& proxy)
{
    auto toxics = nlohmann::ordered_json::array();
    for (const char* stream : {"upstream", "downstream"}) {
        for (const Toxic& toxic : proxy.toxics) {
            if (toxic.stream == stream) toxics.push_back(to_json(toxic));
        }
    }
    return {{"name", proxy.name},
            {"listen", proxy.listen},
            {"upstream", proxy.upstream},
            {"enabled", proxy.enabled},
            {"toxics", std::move(toxics)}};
}

void Proxies::add_fixed(const std::string& name, const std::string& listen, std::unique_ptr<Gate> gate)
{
    Proxy proxy;
    proxy.name = name;
    proxy.listen = listen;
    proxy.upstream = of_the_scenario;
    proxy.enabled = true;
    proxy.fixed = true;
    proxy.gate = std::move(gate);
    proxies_.emplace(name, std::move(proxy));
}

Proxy* Proxies::find(const std::string& name)
{
    const auto found = proxies_.find(name);
    return found == proxies_.end() ? nullptr : &found->second;
}

std::optional<Problem> Proxies::open(Proxy& proxy)
{
    const auto listening = proxy.gate->open(proxy.listen, proxy.upstream);
    if (!listening) {
        return Problem{500, fmt::format("listen tcp {}: {}", proxy.listen, listening.error().message())};
    }
    proxy.listen = *listening;
    proxy.enabled = true;
    return std::nullopt;
}

std::optional<Problem> Proxies::create(const std::string& name, const std::string& listen, const std::string& upstream,
                                       bool enabled)
{
    if (proxies_.contains(name)) return Problem{409, "proxy already exists"};
    if (proxies_.size() >= most_proxies) return bad_body(fmt::format("there are {} proxies already", most_proxies));
    Proxy proxy;
    proxy.name = name;
    proxy.listen = listen;
    proxy.upstream = upstream;
    proxy.gate = make_gate_();
    if (enabled) {
        if (auto problem = open(proxy)) return problem;
    }
    proxies_.emplace(name, std::move(proxy));
    return std::nullopt;
}

std::optional<Problem> Proxies::update(Proxy& proxy, const std::string& listen, const std::string& upstream,
                                       bool enabled)
{
    const bool moves = numeric(listen) != numeric(proxy.listen) || upstream != proxy.upstream;
    if (moves && proxy.fixed) {
        return bad_body(fmt::format("{} is a provider of the scenario: it listens on {} and its upstream is '{}'",
                                    proxy.name, proxy.listen, proxy.upstream));
    }
    if (proxy.enabled && (moves || !enabled)) {
        proxy.gate->close();
        proxy.enabled = false;
    }
    if (moves) {
        proxy.listen = listen;
        proxy.upstream = upstream;
    }
    return enabled && !proxy.enabled ? open(proxy) : std::nullopt;
}

std::optional<Problem> Proxies::remove(const std::string& name)
{
    Proxy* proxy = find(name);
    if (proxy == nullptr) return Problem{404, "proxy not found"};
    if (proxy->fixed) {
        return Problem{409, fmt::format("{} is a provider of the scenario and stays; it can be disabled", name)};
    }
    if (proxy->enabled) proxy->gate->close();
    proxies_.erase(name);
    return std::nullopt;
}

std::optional<Problem> Proxies::reset()
{
    for (auto& [name, proxy] : proxies_) {
        proxy.toxics.clear();
        apply(proxy);
        if (proxy.enabled) continue;
        if (auto problem = open(proxy)) return problem;
    }
    return std::nullopt;
}

std::optional<Problem> Proxies::add_toxic(Proxy& proxy, Toxic toxic)
{
    if (find_toxic(proxy, toxic.name) != nullptr) return Problem{409, "toxic already exists"};
    if (proxy.toxics.size() >= most_toxics) return bad_body(fmt::format("there are {} toxics already", most_toxics));
    proxy.toxics.push_back(std::move(toxic));
    apply(proxy);
    return std::nullopt;
}

Toxic* Proxies::find_toxic(Proxy& proxy, const std::string& name)
{
    const auto found = std::find_if(proxy.toxics.begin(), proxy.toxics.end(),
                                    [&](const Toxic& toxic) { return toxic.name == name; });
    return found == proxy.toxics.end() ? nullptr : &*found;
}

void Proxies::remove_toxic(Proxy& proxy, const std::string& name)
{
    std::erase_if(proxy.toxics, [&](const Toxic& toxic) { return toxic.name == name; });
    apply(proxy);
}

void Proxies::apply(Proxy& proxy)
{
    std::vector<net::faults::SharedRule> rules;
    for (const Toxic& toxic : proxy.toxics) rules.push_back(rule_of(toxic, chance_.about(proxy.name)));
    proxy.gate->set_rules(std::move(rules));
}

}  // namespace chaos::harness::toxiproxy
