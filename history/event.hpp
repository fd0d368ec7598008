// What was seen from outside during a run, one event a line: by callers, by the mock providers, by the tool server.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/time.hpp"

namespace chaos::history {

/// The version of history.jsonl; a reader refuses newer ones.
inline constexpr int format_version = 1;

/// Who saw it. There is no "router": what a subject says of itself is a Note, never an Event.
enum class Actor { harness, agent, provider, tool_server };

/// An operation's outcome. unknown: the reply was lost, it may have happened.
enum class Outcome { none, ok, failed, unknown };

/// How a response ended on the wire, as the side that wrote it (or the caller that read it) saw it.
enum class Ending {
    none,
    complete,     ///< the whole response, with its proper end
    cut_fin,      ///< ended with FIN before its proper end
    cut_reset,    ///< ended with RST before its proper end
    silent,       ///< held open without bytes until the run or the fault ended
    client_left,  ///< the other side closed first
    timed_out,    ///< the reader's own deadline passed
    refused,      ///< no connection was had
};

/// What an event says. Beside each, the fields it fills besides actor, at and kind.
enum class Kind {
    run_started,       ///< harness; text: scenario name
    control_ended,     ///< harness; flag: the subject passed the healthy control run, text: what went wrong in it
    clock_zero,        ///< harness: the first caller request; windows count from here
    run_ended,         ///< harness; text: "" or why it was interrupted
    rig_lagged,        ///< harness; value: nanoseconds by which the loop was late (real world)

    task_started,      ///< agent; task
    request_sent,      ///< agent; task, step, request, stream flag, turns = what this request holds
    first_output,      ///< agent; task, step, request: the first accepted byte of content (text or tool call)
    request_ended,     ///< agent; task, step, request, status, outcome, ending, text (answer or error), marks, finish, error_type,
                       ///< value = tool calls in the answer it accepted
    tool_sent,         ///< agent; task, step, request = "task/turn" it was asked in, tool, effect, key, text = arguments
    tool_ended,        ///< agent; task, step, tool, effect, key, outcome, text
    task_ended,        ///< agent; task, outcome, text = final answer, expected = what it had to be

    attempt_received,  ///< provider; provider, attempt, task, step, ordinal = nth attempt at this provider, caller, turns, stream
    output_started,    ///< provider; provider, attempt: first content byte written
    attempt_ended,     ///< provider; provider, attempt, task, step, status, ending, value = tokens sent
    stray_received,    ///< provider or tool_server; a request of another run or unrecognisable; text: why
    connection_opened, ///< provider; provider, ordinal = nth connection

    fault_armed,       ///< provider/tool_server; fault, provider: a window opened; text: what our own probe met
    fault_opportunity, ///< provider/tool_server; fault, provider, attempt: selectors matched, chance was thrown; flag: it fell
    fault_delivered,   ///< provider/tool_server; fault, provider, attempt, task, step, evidence, text: the bytes and ending in words
    fault_released,    ///< provider/tool_server; fault, provider: the window closed, what was held goes on

    tool_received,     ///< tool_server; task, step, tool, effect, key
    effect_performed,  ///< tool_server; task, step, tool, effect, key, text = digest of the arguments: it happened (again);
                       ///< fault: delivered once more by that fault, not by the caller
    effect_replayed,   ///< tool_server; same: the key was known, the stored result was given, nothing happened
    tool_answered,     ///< tool_server; task, step, tool, effect, key, status, ending

    told_to_wait,      ///< provider; provider, attempt, task, step, caller, value = nanoseconds to stay away, counted from the
                       ///< attempt's arrival; text: what was used up, empty if a fault said so
    upstream_failed,   ///< provider; provider, attempt, task, step, text: why the endpoint behind it gave
                       ///< no answer, or not all of it
    fault_skipped,     ///< provider; fault, provider, text: why it cannot be had here
};

/// What proves that a fault happened.
enum class Evidence {
    none,
    delivered,  ///< these bytes, this ending, so long a silence went out to a recognised attempt
    contacted,  ///< the subject tried: a connect was seen pending or arrived
    armed,      ///< only our own probe met it
};

/// One message of a conversation as it was sent or received, normalised so that dialects compare: `""` equals `{}`,
/// numbers by value, key order ignored. Ids of tool calls are left out: a fallback re-issues a call under a new one.
struct Turn {
    std::string role;
    std::uint64_t digest = 0;
    std::string label;  ///< the first words of it, for people
    bool operator==(const Turn&) const = default;
};

/// One wide row: each kind fills what its comment names, everything else stays empty and is not written.
struct Event {
    std::uint64_t number = 0;  ///< from 1, in order of recording
    net::Instant at{};         ///< since the world's start
    Actor actor = Actor::harness;
    Kind kind = Kind::run_started;
    std::string task;
    int step = 0;         ///< from 1; 0: none
    std::string request;  ///< the caller's request: "task/turn/try", unique in the run
    std::string attempt;  ///< one request as a provider saw it: "primary#17"
    std::string provider;
    std::string fault;
    std::string tool;
    std::string effect;   ///< the effect token the brain wrote
    std::string caller;   ///< which API key an attempt came with: "key 1", ...; empty: none
    std::string key;      ///< the idempotency key the caller sent
    std::uint64_t ordinal = 0;
    std::int64_t value = 0;
    int status = 0;
    bool flag = false;    ///< stream (requests, attempts); fell (opportunities)
    Outcome outcome = Outcome::none;
    Ending ending = Ending::none;
    Evidence evidence = Evidence::none;
    std::string finish;      ///< finish reason as the caller read it
    std::string error_type;  ///< type or code of the error the caller read
    std::string expected;
    std::string text;
    std::vector<std::string> marks;  ///< attempt marks found in what the caller read
    std::vector<Turn> turns;
    bool operator==(const Event&) const = default;
};

/// What a subject says of its own decisions: for reports and coverage, never for a verdict.
struct Note {
    net::Instant at{};
    std::string source;   ///< "router"
    std::string request;  ///< the subject's own request id
    std::string provider;
    std::string kind;     ///< "attempt", "breaker", ...
    std::string text;
    bool operator==(const Note&) const = default;
};

/// Everything a run left behind. `events` alone goes to the judge.
struct History {
    std::vector<Event> events;
    std::vector<Note> notes;
    bool interrupted = false;
};

std::string_view spelling(Actor);
std::string_view spelling(Outcome);
std::string_view spelling(Ending);
std::string_view spelling(Kind);
std::string_view spelling(Evidence);

/// The other way round: false, and the value left alone, if nothing is spelt so.
bool read_spelling(std::string_view text, Actor& value);
bool read_spelling(std::string_view text, Outcome& value);
bool read_spelling(std::string_view text, Ending& value);
bool read_spelling(std::string_view text, Kind& value);
bool read_spelling(std::string_view text, Evidence& value);

}  // namespace chaos::history
