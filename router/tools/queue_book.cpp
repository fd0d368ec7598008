// Plain walks over the calls in the order of their acceptance.
#include "router/tools/queue_book.hpp"

#include <algorithm>

#include "store/record.hpp"

namespace chaos::router {
namespace {

constexpr std::int64_t queued_call_format = 1;
/// After a restart, whatever the wall clock says.
constexpr net::Duration longest_pause = std::chrono::hours(24);

bool is_pending(CallState state)
{
    return state == CallState::accepting || state == CallState::waiting || state == CallState::in_flight;
}

std::int64_t nanoseconds_of(net::WallTime at)
{
    return at.time_since_epoch().count();
}
net::WallTime wall_time_of(std::int64_t nanoseconds)
{
    return net::WallTime(net::Duration(nanoseconds));
}

}  // namespace

std::string_view spelling(CallState state)
{
    if (is_pending(state)) return "pending";
    return state == CallState::done ? "done" : "dead";
}

std::string write_queued_call(const QueuedCall& call)
{
    store::RecordWriter record;
    record.number(queued_call_format).text(call.id).number(static_cast<std::int64_t>(call.number)).text(call.tool);
    record.text(call.caller).text(call.identity).text(call.fingerprint).number(call.keyed ? 1 : 0);
    record.number(static_cast<std::int64_t>(call.state)).number(call.attempts);
    record.number(static_cast<std::int64_t>(call.endpoint)).number(nanoseconds_of(call.accepted_at));
    record.number(nanoseconds_of(call.due_at)).number(nanoseconds_of(call.finished_at));
    record.number(static_cast<std::int64_t>(call.bytes)).number(call.marked ? 1 : 0).text(call.why);
    return record.take();
}

std::optional<QueuedCall> read_queued_call(std::string_view bytes)
{
    store::RecordReader record(bytes);
    if (record.number() != queued_call_format) return std::nullopt;
    QueuedCall call;
    call.id = record.text();
    call.number = static_cast<std::uint64_t>(record.number());
    call.tool = record.text();
    call.caller = record.text();
    call.identity = record.text();
    call.fingerprint = record.text();
    call.keyed = record.number() == 1;
    const std::int64_t state = record.number();
    call.attempts = static_cast<int>(record.number());
    call.endpoint = static_cast<std::size_t>(record.number());
    call.accepted_at = wall_time_of(record.number());
    call.due_at = wall_time_of(record.number());
    call.finished_at = wall_time_of(record.number());
    call.bytes = static_cast<std::size_t>(record.number());
    call.marked = record.number() == 1;
    call.why = record.text();
    if (!record.good() || state < 0 || state > static_cast<std::int64_t>(CallState::dead)) return std::nullopt;
    call.state = static_cast<CallState>(state);
    return call;
}

bool QueueBook::restore(QueuedCall call, net::Instant now, net::WallTime wall)
{
    const bool may_have_been_sent = is_pending(call.state) && call.marked && !call.keyed;
    if (may_have_been_sent) {
        call.state = CallState::dead;
        call.finished_at = wall;
        call.why =
            "it was in flight when the router ended: it may have been done, and without a key it is not sent again";
    } else if (is_pending(call.state)) {
        call.state = CallState::waiting;
        call.not_before = now + std::clamp<net::Duration>(call.due_at - wall, {}, longest_pause);
    }
    add(std::move(call));
    return may_have_been_sent;
}

QueuedCall* QueueBook::find(const std::string& id)
{
    const auto number = numbers_.find(id);
    return number == numbers_.end() ? nullptr : &calls_.at(number->second);
}

const QueuedCall* QueueBook::find_keyed(const std::string& identity) const
{
    const auto number = by_identity_.find(identity);
    return number == by_identity_.end() ? nullptr : &calls_.at(number->second);
}

std::vector<const QueuedCall*> QueueBook::all() const
{
    std::vector<const QueuedCall*> calls;
    for (const auto& [number, call] : calls_) calls.push_back(&call);
    return calls;
}

QueuedCall& QueueBook::add(QueuedCall call)
{
    numbers_[call.id] = call.number;
    if (!call.identity.empty()) by_identity_[call.identity] = call.number;
    QueuedCall& place = calls_[call.number];
    place = std::move(call);
    return place;
}

void QueueBook::remove(const std::string& id)
{
    const auto number = numbers_.find(id);
    if (number == numbers_.end()) return;
    const auto call = calls_.find(number->second);
    if (!call->second.identity.empty()) by_identity_.erase(call->second.identity);
    calls_.erase(call);
    numbers_.erase(number);
}

/// Results give way, oldest first; what is pending and what is dead does not.
bool QueueBook::make_room(const Dependency& tool, std::size_t bytes, std::vector<std::string>& gone)
{
    const Depth now = depth(tool.name);
    if (now.pending + now.dead >= tool.queue.entries || bytes > tool.queue.bytes) return false;
    std::size_t used = now.bytes;
    std::vector<std::string> victims;
    for (const auto& [number, call] : calls_) {
        if (used + bytes <= tool.queue.bytes && now.done - victims.size() < tool.queue.entries) break;
        if (call.tool != tool.name || call.state != CallState::done) continue;
        victims.push_back(call.id);
        used -= call.bytes;
    }
    if (used + bytes > tool.queue.bytes) return false;
    for (const std::string& id : victims) remove(id);
    gone = std::move(victims);
    return true;
}

net::Duration QueueBook::wait_for_room(const Dependency& tool, net::Instant now) const
{
    net::Duration wait = std::chrono::minutes(1);
    for (const auto& [number, call] : calls_) {
        if (call.tool != tool.name || !is_pending(call.state)) continue;
        wait = std::min<net::Duration>(wait, call.not_before - now);
    }
    return std::max<net::Duration>(wait, std::chrono::seconds(1));
}

QueuedCall* QueueBook::due(const Dependency& tool, net::Instant now)
{
    QueuedCall* best = nullptr;
    int under_way = 0;
    for (auto& [number, call] : calls_) {
        if (call.tool != tool.name) continue;
        if (call.state == CallState::in_flight) ++under_way;
        if (call.state == CallState::accepting && tool.queue.in_order) break;
        if (call.state != CallState::waiting) continue;
        if (best == nullptr || call.not_before < best->not_before) best = &call;
        if (tool.queue.in_order) break;
    }
    const int at_once = tool.queue.in_order ? 1 : tool.queue.at_once;
    return best == nullptr || best->not_before > now || under_way >= at_once ? nullptr : best;
}

const QueuePolicy& QueueBook::policy_of(const QueuedCall& call) const
{
    static const QueuePolicy of_a_tool_that_is_gone;
    const auto tool = std::find_if(dependencies_.all.begin(), dependencies_.all.end(),
                                   [&](const Dependency& one) { return one.name == call.tool; });
    return tool == dependencies_.all.end() ? of_a_tool_that_is_gone : tool->queue;
}

/// When a call is too old, or kept no longer.
std::optional<net::WallTime> QueueBook::end_of(const QueuedCall& call) const
{
    const QueuePolicy& policy = policy_of(call);
    switch (call.state) {
        case CallState::waiting:
            return call.accepted_at + policy.max_age;
        case CallState::done:
            return call.finished_at + policy.keep_results;
        case CallState::dead:
            return call.finished_at + policy.keep_dead;
        default:
            return std::nullopt;
    }
}

std::optional<net::Instant> QueueBook::next_due(net::Instant now) const
{
    std::optional<net::Instant> next;
    for (const auto& [number, call] : calls_) {
        if (call.state != CallState::waiting || call.not_before <= now) continue;
        if (!next || call.not_before < *next) next = call.not_before;
    }
    return next;
}

std::optional<net::WallTime> QueueBook::next_end() const
{
    std::optional<net::WallTime> next;
    for (const auto& [number, call] : calls_) {
        const auto end = end_of(call);
        if (end && (!next || *end < *next)) next = end;
    }
    return next;
}

std::vector<QueuedCall*> QueueBook::take_too_old(net::WallTime now)
{
    std::vector<QueuedCall*> too_old;
    for (auto& [number, call] : calls_) {
        if (call.state != CallState::waiting || call.accepted_at + policy_of(call).max_age > now) continue;
        call.state = CallState::dead;
        call.finished_at = now;
        call.why = call.why.empty() ? "it was pending for too long"
                                    : "it was pending for too long; of the last attempt: " + call.why;
        too_old.push_back(&call);
    }
    return too_old;
}

std::vector<std::string> QueueBook::take_forgotten(net::WallTime now)
{
    std::vector<std::string> forgotten;
    for (const auto& [number, call] : calls_) {
        const bool over = call.state == CallState::done || call.state == CallState::dead;
        if (over && *end_of(call) <= now) forgotten.push_back(call.id);
    }
    for (const std::string& id : forgotten) remove(id);
    return forgotten;
}

QueueBook::Depth QueueBook::depth(std::string_view tool) const
{
    Depth depth;
    for (const auto& [number, call] : calls_) {
        if (call.tool != tool) continue;
        depth.bytes += call.bytes;
        if (is_pending(call.state)) ++depth.pending;
        if (call.state == CallState::in_flight) ++depth.in_flight;
        if (call.state == CallState::done) ++depth.done;
        if (call.state == CallState::dead) ++depth.dead;
    }
    return depth;
}

}  // namespace chaos::router
