// The book of a run: every task, caller request and attempt, who belongs to whom, and how each ended. All checks share it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "history/event.hpp"

namespace chaos::harness {

/// When something happened and the event that says so; false if it never did.
struct Moment {
    std::uint64_t event = 0;
    net::Instant at{};
    explicit operator bool() const { return event != 0; }
};

/// One request as a provider saw it.
struct BookedAttempt {
    std::string name;
    std::string provider;
    std::string caller;  ///< which API key it came with; empty: none
    std::optional<std::size_t> request;  ///< the caller request it belongs to; none: its task never asked for anything
    bool late = false;                   ///< it arrived when that request had already ended
    Moment received;
    Moment output;
    Moment ended;
    Moment told_to_wait;  ///< it was answered with a wait
    net::Duration wait{};  ///< from its arrival on
    Moment faulted;     ///< the first fault delivered to it
    std::string fault;  ///< its name
    int status = 0;
    history::Ending ending = history::Ending::none;
    std::string finish;
};

/// One request of a caller: a turn of a task, tried once.
struct BookedRequest {
    std::string name;  ///< "task/turn/try"
    std::string task;
    int step = 0;
    bool stream = false;
    Moment sent;
    Moment output;  ///< the first accepted byte of content
    Moment ended;
    int status = 0;
    history::Outcome outcome = history::Outcome::none;
    history::Ending ending = history::Ending::none;
    std::string finish;
    std::string error_type;
    std::string text;  ///< answer or error
    std::vector<std::string> marks;
    std::int64_t tool_calls = 0;
    std::vector<std::size_t> attempts;  ///< in order of arrival
    std::uint64_t newest_turn = 0;      ///< digest of the last turn it held
    /// "task/turn": the same for every try of one turn.
    std::string_view turn() const;
};

struct BookedTask {
    std::string name;
    Moment started;
    Moment ended;
    history::Outcome outcome = history::Outcome::none;
    std::string answer;                  ///< final answer, or why it failed
    std::optional<std::size_t> latest;   ///< its latest request
    std::map<int, std::size_t> by_step;  ///< the latest request for each step
};

/// An attempt belongs to the latest caller request sent for its task and step before it. If that one has ended and another
/// request of the task is under way, the turns decide: whoever brings the newest turn of the request under way belongs to
/// that one (its step looks older because turns were lost), anybody else is a late attempt of the ended one.
class Book {
public:
    void see(const history::Event& event);

    const std::vector<BookedTask>& tasks() const { return tasks_; }
    const std::vector<BookedRequest>& requests() const { return requests_; }
    const std::vector<BookedAttempt>& attempts() const { return attempts_; }
    /// Null if there is none of that name.
    const BookedTask* find_task(std::string_view name) const;
    const BookedRequest* find_request(std::string_view name) const;
    const BookedAttempt* find_attempt(std::string_view name) const;
    const BookedRequest* request_of(const BookedAttempt& attempt) const;
    /// The latest try of a turn, "task/turn"; also found by the name of one of its tries.
    const BookedRequest* find_turn(std::string_view name) const;
    /// The attempt an answer came from: the one whose mark it bears, else the last one of its request; null without any.
    const BookedAttempt* server_of(const BookedRequest& request) const;
    /// True if some caller request was under way at any time in [from, until).
    bool waiting_between(net::Instant from, net::Instant until) const;

    /// Windows count from here; false before the first caller request.
    Moment clock_zero() const { return clock_zero_; }
    Moment run_ended() const { return run_ended_; }
    net::Instant last_seen() const { return last_seen_; }
    /// Why the run did not come to its end; empty if it did.
    std::string interruption() const;

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    /// Only looked up, never walked.
    using Index = std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>>;

    BookedTask& task_named(const std::string& name);
    BookedRequest* request_named(const std::string& name);
    BookedAttempt* attempt_named(const std::string& name);
    void send(const history::Event& event);
    void end_request(const history::Event& event);
    void receive(const history::Event& event);
    void end_attempt(const history::Event& event);
    void end_task(const history::Event& event);
    std::optional<std::size_t> owner_of(const history::Event& attempt) const;

    std::vector<BookedTask> tasks_;
    std::vector<BookedRequest> requests_;
    std::vector<BookedAttempt> attempts_;
    Index task_index_;
    Index request_index_;
    Index turn_index_;
    Index attempt_index_;
    Moment clock_zero_;
    Moment run_ended_;
    std::string end_reason_;
    net::Instant last_seen_{};
};

}  // namespace chaos::harness
