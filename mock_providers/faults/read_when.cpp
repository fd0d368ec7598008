// One function a selector; nothing that could never happen is let through.
#include "mock_providers/faults/read_when.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "mock_providers/faults/choices.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/milestones.hpp"
#include "net/http/message.hpp"

namespace chaos::mock_providers::faults {

namespace {

void check_name(config::MapReader& map, std::string_view key, std::string_view kind, const std::string& name,
                const std::vector<std::string>& names)
{
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) {
        map.complaints().add(map.at(key), fmt::format("unknown {} '{}'{}", kind, name, config::did_you_mean(name, names)));
    }
}

std::optional<After> read_after(const config::Node& node, config::Complaints& complaints,
                                const std::vector<std::string>& providers, const std::vector<std::string>& tools)
{
    After after;
    config::MapReader map(node, complaints, "after");
    after.fault = map.text("fault", "");
    after.effect = map.text("effect", "");
    const auto requests = map.integer("requests", 1, most_counted);
    after.requests = requests.value_or(0);
    after.on = map.text("on", "");
    map.finish();
    if (!map.valid()) {
        return std::nullopt;
    }
    const int given = (after.fault.empty() ? 0 : 1) + (after.effect.empty() ? 0 : 1) + (map.take("requests") ? 1 : 0);
    if (given != 1) {
        complaints.add(node.at(), "after: waits for one thing: `{fault: NAME}`, `{requests: 10}` or `{effect: TOOL}`");
        return std::nullopt;
    }
    if (!after.on.empty() && !requests) {
        complaints.add(map.at("on"), "on goes with `requests`: whose are counted");
    }
    check_name(map, "on", "provider", after.on, providers);
    check_name(map, "effect", "tool", after.effect, tools);
    return after;
}

std::optional<Flap> read_flap(const config::Node& node, config::Complaints& complaints)
{
    Flap flap;
    config::MapReader map(node, complaints, "flap");
    const auto up = map.duration("up");
    const auto down = map.duration("down");
    flap.starts_up = read_choice(map, "starts", Choices<bool>{{"down", false}, {"up", true}}, false);
    map.finish();
    if (!map.valid()) {
        return std::nullopt;
    }
    flap.up = up.value_or(net::Duration{});
    flap.down = down.value_or(net::Duration{});
    if (flap.up < std::chrono::milliseconds(1) || flap.down < std::chrono::milliseconds(1)) {
        complaints.add(node.at(), "flap: give both turns, at least 1ms each, e.g. `{up: 3s, down: 2s}`");
        return std::nullopt;
    }
    return flap;
}

std::optional<net::Duration> read_ramp(const config::Node& node, config::Complaints& complaints)
{
    config::MapReader map(node, complaints, "ramp");
    const auto over = map.duration("over");
    map.finish();
    if (!map.valid()) {
        return std::nullopt;
    }
    if (over.value_or(net::Duration{}) < std::chrono::milliseconds(1)) {
        complaints.add(node.at(), "ramp: say how long the chance grows, at least 1ms, e.g. `{over: 10s}`");
        return std::nullopt;
    }
    return over;
}

std::vector<HeaderMatch> read_headers(const config::Node& node, config::Complaints& complaints)
{
    std::vector<HeaderMatch> headers;
    config::MapReader map(node, complaints, "header");
    for (const auto& [name, value] : map.all()) {
        if (const auto text = config::read_text(value, complaints, name.text())) {
            headers.push_back({name.text(), *text});
        }
    }
    if (map.valid() && map.all().empty()) {
        complaints.add(node.at(), "header: name at least one, e.g. `{x-tenant: blue}`");
    }
    return headers;
}

/// Values of these are secrets, and plans are read by many.
bool is_secret(std::string_view name)
{
    constexpr std::array secrets = {"authorization", "x-api-key", "x-goog-api-key", "api-key", "cookie"};
    return std::any_of(secrets.begin(), secrets.end(),
                       [name](const char* secret) { return net::http::same_name(name, secret); });
}

std::string waiting_in_words(const After& after)
{
    if (!after.fault.empty()) {
        return fmt::format(", after fault {}", after.fault);
    }
    if (!after.effect.empty()) {
        return fmt::format(", after the first effect of {}", after.effect);
    }
    return fmt::format(", after {} request{}{}", after.requests, after.requests == 1 ? "" : "s",
                       after.on.empty() ? "" : " at " + after.on);
}

const FaultSpec* find_fault(const std::vector<FaultSpec>& faults, std::string_view name)
{
    const auto found = std::find_if(faults.begin(), faults.end(), [name](const FaultSpec& fault) { return fault.name == name; });
    return found == faults.end() ? nullptr : &*found;
}

const FaultSpec* waits_for(const std::vector<FaultSpec>& faults, const FaultSpec& fault)
{
    return fault.when.after ? find_fault(faults, fault.when.after->fault) : nullptr;
}

/// Whether following what each waits for leads back to `fault`.
bool waits_for_itself(const std::vector<FaultSpec>& faults, const FaultSpec& fault)
{
    const FaultSpec* next = waits_for(faults, fault);
    for (std::size_t step = 0; next != nullptr && step < faults.size(); ++step) {
        if (next == &fault) {
            return true;
        }
        next = waits_for(faults, *next);
    }
    return false;
}

}  // namespace

void read_when(config::MapReader& map, const std::vector<std::string>& providers, const std::vector<std::string>& tools,
               Selector& when)
{
    if (const auto after = map.take("after")) {
        when.after = read_after(*after, map.complaints(), providers, tools);
    }
    if (const auto flap = map.take("flap")) {
        when.flap = read_flap(*flap, map.complaints());
    }
    if (const auto ramp = map.take("ramp")) {
        when.ramp = read_ramp(*ramp, map.complaints());
    }
    if (const auto header = map.take("header")) {
        when.headers = read_headers(*header, map.complaints());
    }
}

void check_when(const FaultSpec& fault, config::MapReader& map)
{
    const Selector& when = fault.when;
    if (when.ramp && !when.chance) {
        map.complaints().add(map.at("ramp"), "a ramp needs a chance to grow to, e.g. `chance: 50%`");
    }
    const net::Duration length = when.until.value_or(net::Duration::max()) - when.from.value_or(net::Duration{});
    if (when.flap && when.flap->starts_up && length <= when.flap->up) {
        map.complaints().add(map.at("flap"), "the window ends before the first turn in which it is down");
    }
    const bool on_tool = layer_of(fault.parameters) == Layer::tool;
    if (on_tool && when.after && when.after->counts_requests() && when.after->on.empty()) {
        map.complaints().add(map.at("after"), "after: say at which provider requests are counted, e.g. `on: primary`");
    }
}

void check_waiting(const std::vector<FaultSpec>& faults, config::Complaints& complaints)
{
    std::vector<std::string> names;
    for (const FaultSpec& fault : faults) {
        names.push_back(fault.name);
    }
    for (const FaultSpec& fault : faults) {
        if (!fault.when.after || fault.when.after->fault.empty()) {
            continue;
        }
        const std::string& awaited = fault.when.after->fault;
        if (find_fault(faults, awaited) == nullptr) {
            complaints.add(fault.at, fmt::format("fault '{}': it waits for fault '{}', which does not exist{}", fault.name,
                                                 awaited, config::did_you_mean(awaited, names)));
        } else if (waits_for_itself(faults, fault)) {
            complaints.add(fault.at, fmt::format("fault '{}': it waits for fault '{}', which waits for it", fault.name, awaited));
        }
    }
}

std::string in_words(const Selector& when)
{
    std::string words = when.after ? waiting_in_words(*when.after) : "";
    if (when.flap) {
        const std::string down = fmt::format("down for {}", net::to_string(when.flap->down));
        const std::string up = fmt::format("up for {}", net::to_string(when.flap->up));
        words += fmt::format(", {} and {} by turns", when.flap->starts_up ? up : down, when.flap->starts_up ? down : up);
    }
    for (const HeaderMatch& header : when.headers) {
        words += fmt::format(", header {}: {}", header.name, is_secret(header.name) ? "(secret)" : header.value);
    }
    return words;
}

}  // namespace chaos::mock_providers::faults
