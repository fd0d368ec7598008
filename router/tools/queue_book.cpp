// The calls in the order of their acceptance, and an index of them for each tool.
#include "router/tools/queue_book.hpp"

#include <algorithm>
#include <limits>

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

void QueueBook::keep_to(const Dependencies& dependencies)
{
    for (auto& [name, shelf] : shelves_) shelf.policy = QueuePolicy{};
    for (const Dependency& one : dependencies.all) shelves_[one.name].policy = one.queue;
}

const QueueBook::Shelf* QueueBook::shelf_of(std::string_view tool) const
{
    const auto shelf = shelves_.find(tool);
    return shelf == shelves_.end() ? nullptr : &shelf->second;
}

void QueueBook::put_on_shelf(const QueuedCall& call)
{
    Shelf& shelf = shelves_[call.tool];
    shelf.depth.bytes += call.bytes;
    if (is_pending(call.state)) ++shelf.depth.pending;
    switch (call.state) {
        case CallState::accepting:
            shelf.undelivered.insert(call.number);
            break;
        case CallState::waiting:
            shelf.undelivered.insert(call.number);
            shelf.by_due.emplace(call.not_before, call.number);
            shelf.waiting.emplace(call.accepted_at, call.number);
            break;
        case CallState::in_flight:
            ++shelf.depth.in_flight;
            break;
        case CallState::done:
            ++shelf.depth.done;
            shelf.done.emplace(call.finished_at, call.number);
            break;
        case CallState::dead:
            ++shelf.depth.dead;
            shelf.dead.emplace(call.finished_at, call.number);
            break;
    }
}

void QueueBook::take_off_shelf(const QueuedCall& call)
{
    Shelf& shelf = shelves_[call.tool];
    shelf.depth.bytes -= call.bytes;
    if (is_pending(call.state)) --shelf.depth.pending;
    if (call.state == CallState::in_flight) --shelf.depth.in_flight;
    if (call.state == CallState::done) --shelf.depth.done;
    if (call.state == CallState::dead) --shelf.depth.dead;
    shelf.undelivered.erase(call.number);
    shelf.by_due.erase({call.not_before, call.number});
    shelf.waiting.erase({call.accepted_at, call.number});
    shelf.done.erase({call.finished_at, call.number});
    shelf.dead.erase({call.finished_at, call.number});
}

const QueuedCall* QueueBook::find(const std::string& id) const
{
    const auto number = numbers_.find(id);
    return number == numbers_.end() ? nullptr : &calls_.at(number->second);
}

const QueuedCall* QueueBook::find_keyed(const std::string& identity) const
{
    const auto number = by_identity_.find(identity);
    return number == by_identity_.end() ? nullptr : &calls_.at(number->second);
}

void QueueBook::walk(std::uint64_t before, const std::function<bool(const QueuedCall&)>& wanted) const
{
    auto call = calls_.lower_bound(before);
    while (call != calls_.begin()) {
        --call;
        if (!wanted(call->second)) return;
    }
}

const QueuedCall& QueueBook::change(const std::string& id, const std::function<void(QueuedCall&)>& how)
{
    QueuedCall& call = calls_.at(numbers_.at(id));
    take_off_shelf(call);
    how(call);
    put_on_shelf(call);
    return call;
}

const QueuedCall& QueueBook::add(QueuedCall call)
{
    numbers_[call.id] = call.number;
    if (!call.identity.empty()) by_identity_[call.identity] = call.number;
    QueuedCall& place = calls_[call.number];
    place = std::move(call);
    put_on_shelf(place);
    return place;
}

void QueueBook::remove(const std::string& id)
{
    const auto number = numbers_.find(id);
    if (number == numbers_.end()) return;
    const auto call = calls_.find(number->second);
    if (!call->second.identity.empty()) by_identity_.erase(call->second.identity);
    take_off_shelf(call->second);
    calls_.erase(call);
    numbers_.erase(number);
}

/// Results give way, oldest first; what is pending and what is dead does not.
bool QueueBook::make_room(const Dependency& tool, std::size_t bytes, std::vector<std::string>& gone)
{
    const Shelf& shelf = shelves_[tool.name];
    if (shelf.depth.pending + shelf.depth.dead >= tool.queue.entries || bytes > tool.queue.bytes) return false;
    std::size_t used = shelf.depth.bytes;
    std::vector<std::string> victims;
    for (const auto& [since, number] : shelf.done) {
        if (used + bytes <= tool.queue.bytes && shelf.depth.done - victims.size() < tool.queue.entries) break;
        const QueuedCall& call = calls_.at(number);
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
    constexpr net::Duration shortest = std::chrono::seconds(1);
    constexpr net::Duration longest = std::chrono::minutes(1);
    const Shelf* shelf = shelf_of(tool.name);
    if (shelf == nullptr || shelf->depth.pending == 0) return longest;
    if (shelf->depth.pending > shelf->by_due.size()) return shortest;  // some are under way
    return std::clamp<net::Duration>(shelf->by_due.begin()->first - now, shortest, longest);
}

const QueuedCall* QueueBook::due(const Dependency& tool, net::Instant now) const
{
    const Shelf* shelf = shelf_of(tool.name);
    if (shelf == nullptr || shelf->by_due.empty()) return nullptr;
    const std::size_t at_once = tool.queue.in_order ? 1 : static_cast<std::size_t>(tool.queue.at_once);
    if (shelf->depth.in_flight >= at_once) return nullptr;
    const std::uint64_t next = tool.queue.in_order ? *shelf->undelivered.begin() : shelf->by_due.begin()->second;
    const QueuedCall& call = calls_.at(next);
    return call.state == CallState::waiting && call.not_before <= now ? &call : nullptr;
}

std::optional<net::Instant> QueueBook::next_due(net::Instant now) const
{
    std::optional<net::Instant> next;
    for (const auto& [tool, shelf] : shelves_) {
        const auto call = shelf.by_due.upper_bound({now, std::numeric_limits<std::uint64_t>::max()});
        if (call != shelf.by_due.end() && (!next || call->first < *next)) next = call->first;
    }
    return next;
}

std::optional<net::WallTime> QueueBook::next_end() const
{
    std::optional<net::WallTime> next;
    const auto consider = [&next](const ByAge& calls, net::Duration age) {
        if (!calls.empty() && (!next || calls.begin()->first + age < *next)) next = calls.begin()->first + age;
    };
    for (const auto& [tool, shelf] : shelves_) {
        consider(shelf.waiting, shelf.policy.max_age);
        consider(shelf.done, shelf.policy.keep_results);
        consider(shelf.dead, shelf.policy.keep_dead);
    }
    return next;
}

/// In the order of acceptance.
std::vector<std::uint64_t> QueueBook::past(const ByAge Shelf::*calls, net::Duration QueuePolicy::*age,
                                           net::WallTime now) const
{
    std::vector<std::uint64_t> numbers;
    for (const auto& [tool, shelf] : shelves_) {
        for (const auto& [since, number] : shelf.*calls) {
            if (since + shelf.policy.*age > now) break;
            numbers.push_back(number);
        }
    }
    std::sort(numbers.begin(), numbers.end());
    return numbers;
}

std::vector<const QueuedCall*> QueueBook::take_too_old(net::WallTime now)
{
    std::vector<const QueuedCall*> too_old;
    for (const std::uint64_t number : past(&Shelf::waiting, &QueuePolicy::max_age, now)) {
        too_old.push_back(&change(calls_.at(number).id, [now](QueuedCall& call) {
            call.state = CallState::dead;
            call.finished_at = now;
            call.why = call.why.empty() ? "it was pending for too long"
                                        : "it was pending for too long; of the last attempt: " + call.why;
        }));
    }
    return too_old;
}

std::vector<std::string> QueueBook::take_forgotten(net::WallTime now)
{
    std::vector<std::uint64_t> numbers = past(&Shelf::done, &QueuePolicy::keep_results, now);
    for (const std::uint64_t number : past(&Shelf::dead, &QueuePolicy::keep_dead, now)) numbers.push_back(number);
    std::vector<std::string> forgotten;
    for (const std::uint64_t number : numbers) forgotten.push_back(calls_.at(number).id);
    for (const std::string& id : forgotten) remove(id);
    return forgotten;
}

QueueBook::Depth QueueBook::depth(std::string_view tool) const
{
    const Shelf* shelf = shelf_of(tool);
    return shelf == nullptr ? Depth{} : shelf->depth;
}

}  // namespace chaos::router
