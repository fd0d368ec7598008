// What the router tells whoever watches it: typed records of requests, of attempts with the decision after each, and of
// the health of providers. For reports, logs and metrics, never for a verdict.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/time.hpp"
#include "router/outcome.hpp"
#include "router/short_text.hpp"
#include "router/trace_context.hpp"

namespace chaos::router {

/// What the machine made of an attempt's outcome.
enum class DecisionKind {
    reply,      ///< the attempt's answer is the caller's
    reconnect,  ///< the same provider, on a connection of its own
    repair,     ///< the same provider, with a nudge
    retry,      ///< the same provider again
    failover,   ///< another provider
    yield,      ///< the other attempt that is under way goes on alone
    wait,       ///< until somebody can be asked
    give_up,    ///< an error for the caller
};
std::string_view spelling(DecisionKind kind);
inline constexpr std::size_t decision_kinds = static_cast<std::size_t>(DecisionKind::give_up) + 1;

struct Decision {
    DecisionKind kind = DecisionKind::reply;
    std::string target;  ///< who is asked next; empty if nobody is
    net::Duration wait{};
    std::string reason;  ///< a sentence of our own
};

/// A caller's request that is about to be looked at.
struct RequestStart {
    std::string_view request;  ///< the router's id of it, which the caller gets as x-request-id
    net::Instant at{};
};

struct AttemptStart {
    std::string_view request;
    int number = 0;  ///< of this request's attempts, from 1
    std::string_view target;
    bool fresh_connection = false;
    bool repair = false;
    bool hedge = false;  ///< beside another attempt that is silent
    net::Instant at{};
};

/// One request to one provider, when it is over. No field holds what was said in the conversation.
struct AttemptRecord {
    RequestId request;
    int number = 0;
    std::string target;
    std::string dialect;                         ///< of the provider
    std::string model;                           ///< as the provider calls it
    std::string because;                         ///< why this provider now
    std::string after;                           ///< the provider of the attempt before, if it was another
    OutcomeClass after_what = OutcomeClass::ok;  ///< and what had come of that
    bool fresh_connection = false;
    bool repair = false;
    bool hedge = false;  ///< it was begun beside another that was silent
    TraceContext trace;  ///< the attempt's own span
    net::Instant began{};
    net::Duration took{};
    std::optional<net::Duration> first_content;  ///< after `began`; of an answer that is not streamed, its head
    OutcomeClass what = OutcomeClass::ok;
    Timer timer = Timer::none;
    int status = 0;   ///< the provider's; 0: no answer
    std::string why;  ///< in our own words; empty when it went well
    std::string provider_request_id;
    AnswerFacts answer;
    Decision decision;
};

struct AttemptEnd {
    const AttemptRecord& record;
    std::string_view words;  ///< as the provider worded it, redacted; may quote the conversation: not for logs
};

/// A change in what the router thinks of a provider.
struct BreakerChange {
    std::string_view request;  ///< after whose attempt
    std::string_view target;
    std::string_view state;  ///< closed, open, half_open
    net::Instant at{};
};

/// One request of a caller, when it is over.
struct RequestRecord {
    RequestId id;
    std::string caller;  ///< its name in the configuration; empty without one
    std::string path;
    std::string model;  ///< as the caller calls it
    bool stream = false;
    TraceContext trace;         ///< the router's own span
    ShortText<16> parent_span;  ///< the caller's, if it sent one
    net::Instant began{};
    net::Duration took{};
    std::optional<net::Duration> first_content;  ///< after `began`: the first byte of an answer's body
    net::Duration upstream{};                    ///< of `took`: spent in attempts
    net::Duration waited{};                      ///< of `took`: for a provider to come back
    int status = 0;                              ///< what the caller got; 0: nothing
    bool whole = false;                          ///< the answer's end was written
    bool client_left = false;
    bool broken = false;     ///< it ended in an error although it had begun as an answer
    std::string error_code;  ///< of an error of our own making
    std::string keyed;       ///< with an Idempotency-Key: led, joined, replayed or refused
    int attempts = 0;
    std::string served_by;
    std::string degraded;              ///< why not by the first of the chain
    std::vector<std::string> dropped;  ///< what the provider that served could not be told
    AnswerFacts answer;
};

/// The store did not do what was asked of it.
struct StoreProblem {
    std::string_view what;  ///< a sentence without its end: "an answer is not kept"
    std::string_view why;   ///< the store's own words
    net::Instant at{};
};

/// One attempt at a tool, when it is over.
struct ToolAttemptRecord {
    std::string_view call;  ///< the id of the caller's request, or of the queued call
    std::string_view tool;
    int number = 0;  ///< of this call's attempts, from 1
    std::size_t endpoint = 0;
    int status = 0;         ///< 0: no answer
    std::string_view why;   ///< of no answer
    std::string_view then;  ///< what was decided: deliver, again, give_up
    net::Instant began{};
    net::Duration took{};
};

/// How a tool's queue stands, after a change.
struct QueueRecord {
    std::string_view tool;
    std::size_t pending = 0;
    std::size_t in_flight = 0;  ///< of those pending
    std::size_t done = 0;
    std::size_t dead = 0;
    std::size_t bytes = 0;
};

/// What it is told is valid during the call.
class Observer {
public:
    virtual ~Observer() = default;
    virtual void request_began(const RequestStart&) {}
    virtual void attempt_began(const AttemptStart&) {}
    virtual void attempt_ended(const AttemptEnd&) {}
    virtual void breaker_changed(const BreakerChange&) {}
    virtual void request_ended(const RequestRecord&) {}
    virtual void tool_attempt_ended(const ToolAttemptRecord&) {}
    virtual void queue_changed(const QueueRecord&) {}
    virtual void store_failed(const StoreProblem&) {}
};

}  // namespace chaos::router
