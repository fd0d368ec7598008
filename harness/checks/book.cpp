// Files each event under its task, request and attempt.
#include "harness/checks/book.hpp"

#include <algorithm>

namespace chaos::harness {

using history::Event;
using history::Kind;

namespace {

Moment moment(const Event& event)
{
    return {event.number, event.at};
}

template <class Index, class Rows>
auto find_in(const Index& index, Rows& rows, std::string_view name) -> decltype(rows.data())
{
    const auto found = index.find(name);
    return found == index.end() ? nullptr : &rows[found->second];
}

bool brings(const Event& attempt, std::uint64_t digest)
{
    return std::any_of(attempt.turns.rbegin(), attempt.turns.rend(),
                       [&](const history::Turn& turn) { return turn.digest == digest; });
}

}  // namespace

std::string_view BookedRequest::turn() const
{
    return std::string_view(name).substr(0, name.rfind('/'));
}

void Book::see(const Event& event)
{
    last_seen_ = std::max(last_seen_, event.at);
    switch (event.kind) {
        case Kind::clock_zero:
            clock_zero_ = moment(event);
            break;
        case Kind::run_ended:
            run_ended_ = moment(event);
            end_reason_ = event.text;
            break;
        case Kind::task_started:
            task_named(event.task).started = moment(event);
            break;
        case Kind::task_ended:
            end_task(event);
            break;
        case Kind::request_sent:
            send(event);
            break;
        case Kind::first_output:
            if (BookedRequest* request = request_named(event.request); request != nullptr && !request->output) {
                request->output = moment(event);
            }
            break;
        case Kind::request_ended:
            end_request(event);
            break;
        case Kind::attempt_received:
            receive(event);
            break;
        case Kind::output_started:
            if (BookedAttempt* attempt = attempt_named(event.attempt)) attempt->output = moment(event);
            break;
        case Kind::attempt_ended:
            end_attempt(event);
            break;
        case Kind::told_to_wait:
            if (BookedAttempt* attempt = attempt_named(event.attempt); attempt != nullptr && !attempt->told_to_wait) {
                attempt->told_to_wait = moment(event);
                attempt->wait = net::Duration(event.value);
            }
            break;
        case Kind::fault_delivered:
            if (BookedAttempt* attempt = attempt_named(event.attempt); attempt != nullptr && !attempt->faulted) {
                attempt->faulted = moment(event);
                attempt->fault = event.fault;
            }
            break;
        default:
            break;
    }
}

void Book::send(const Event& event)
{
    const auto [place, fresh] = request_index_.try_emplace(event.request, requests_.size());
    if (!fresh) return;  // sent twice: sound_history says so
    BookedRequest& request = requests_.emplace_back();
    request.name = event.request;
    request.task = event.task;
    request.step = event.step;
    request.stream = event.flag;
    request.sent = moment(event);
    turn_index_.insert_or_assign(std::string(request.turn()), place->second);
    if (!event.turns.empty()) request.newest_turn = event.turns.back().digest;
    BookedTask& task = task_named(event.task);
    task.latest = place->second;
    task.by_step[event.step] = place->second;
}

void Book::end_request(const Event& event)
{
    BookedRequest* request = request_named(event.request);
    if (request == nullptr || request->ended) return;
    request->ended = moment(event);
    request->status = event.status;
    request->outcome = event.outcome;
    request->ending = event.ending;
    request->finish = event.finish;
    request->error_type = event.error_type;
    request->text = event.text;
    request->marks = event.marks;
    request->tool_calls = event.value;
}

void Book::receive(const Event& event)
{
    const auto [place, fresh] = attempt_index_.try_emplace(event.attempt, attempts_.size());
    if (!fresh) return;
    BookedAttempt& attempt = attempts_.emplace_back();
    attempt.name = event.attempt;
    attempt.provider = event.provider;
    attempt.caller = event.caller;
    attempt.received = moment(event);
    attempt.request = owner_of(event);
    if (!attempt.request) return;
    BookedRequest& request = requests_[*attempt.request];
    attempt.late = static_cast<bool>(request.ended);
    request.attempts.push_back(place->second);
}

std::optional<std::size_t> Book::owner_of(const Event& attempt) const
{
    const BookedTask* task = find_task(attempt.task);
    if (task == nullptr || !task->latest) return std::nullopt;
    const auto same_step = task->by_step.find(attempt.step);
    if (same_step == task->by_step.end()) return task->latest;
    const BookedRequest& latest = requests_[*task->latest];
    if (requests_[same_step->second].ended && !latest.ended && brings(attempt, latest.newest_turn)) return task->latest;
    return same_step->second;
}

void Book::end_attempt(const Event& event)
{
    BookedAttempt* attempt = attempt_named(event.attempt);
    if (attempt == nullptr || attempt->ended) return;
    attempt->ended = moment(event);
    attempt->status = event.status;
    attempt->ending = event.ending;
    attempt->finish = event.finish;
}

void Book::end_task(const Event& event)
{
    BookedTask& task = task_named(event.task);
    task.ended = moment(event);
    task.outcome = event.outcome;
    task.answer = event.text;
}

BookedTask& Book::task_named(const std::string& name)
{
    const auto [place, fresh] = task_index_.try_emplace(name, tasks_.size());
    if (fresh) tasks_.emplace_back().name = name;
    return tasks_[place->second];
}

BookedRequest* Book::request_named(const std::string& name)
{
    return find_in(request_index_, requests_, name);
}
BookedAttempt* Book::attempt_named(const std::string& name)
{
    return find_in(attempt_index_, attempts_, name);
}

const BookedTask* Book::find_task(std::string_view name) const
{
    return find_in(task_index_, tasks_, name);
}
const BookedRequest* Book::find_request(std::string_view name) const
{
    return find_in(request_index_, requests_, name);
}
const BookedAttempt* Book::find_attempt(std::string_view name) const
{
    return find_in(attempt_index_, attempts_, name);
}
const BookedRequest* Book::request_of(const BookedAttempt& attempt) const
{
    return attempt.request ? &requests_[*attempt.request] : nullptr;
}

const BookedRequest* Book::find_turn(std::string_view name) const
{
    const BookedRequest* by_turn = find_in(turn_index_, requests_, name);
    return by_turn != nullptr ? by_turn : find_request(name);
}

const BookedAttempt* Book::server_of(const BookedRequest& request) const
{
    for (const std::string& mark : request.marks) {
        if (const BookedAttempt* attempt = find_attempt(mark)) return attempt;
    }
    return request.attempts.empty() ? nullptr : &attempts_[request.attempts.back()];
}

bool Book::waiting_between(net::Instant from, net::Instant until) const
{
    return std::any_of(requests_.begin(), requests_.end(), [&](const BookedRequest& request) {
        return request.sent.at < until && (!request.ended || request.ended.at > from);
    });
}

std::string Book::interruption() const
{
    if (!run_ended_) return "the history has no end";
    return end_reason_;
}

}  // namespace chaos::harness
