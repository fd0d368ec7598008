// The point of no return of a stream: what may go to the caller at once, what is held until it is certain, and how it
// ended.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "net/time.hpp"
#include "router/outcome.hpp"
#include "router/request_facts.hpp"
#include "wire/chat.hpp"
#include "wire/openai_chat.hpp"
#include "wire/sse.hpp"

namespace chaos::router {

struct GateLimits {
    std::size_t reasoning_bytes = 16 * 1024;                 ///< reasoning is held to this much,
    net::Duration reasoning_time = std::chrono::seconds(2);  ///< or this long, then flows
    std::size_t held_bytes = 4 * 1024 * 1024;                ///< more than this held back is a failure
};

/// Text flows at once, as the provider framed it. Roles, preambles and blank beginnings are held until content follows.
/// From the first piece of a tool call on everything is held until the turn has ended and every call is complete and
/// valid: until then another provider can still take over. Calls whose pieces clients would join wrongly (one index for
/// two calls, no index, a name sent twice, arguments as an object) are written anew. No I/O, no clock.
class StreamGate {
public:
    /// `facts` outlive it.
    explicit StreamGate(const RequestFacts& facts, GateLimits limits = {});

    /// Takes the next event; appends to `out` the bytes that may go to the caller now. True if it carried content:
    /// text, reasoning, a piece of a call, a finish reason.
    bool see(const wire::SseEvent& event, net::Instant now, std::string& out);

    /// The upstream ended, was cut (`broken`) or is not waited for any longer. ok with the rest of the bytes in `out`,
    /// the end marker included; else why this is no answer, and nothing may be added.
    Outcome end(const std::optional<Outcome>& broken, std::string& out);

    /// Content has gone to the caller: nobody else may take over.
    bool committed() const { return committed_; }
    /// The turn has a finish reason: what follows can only be usage and the end marker.
    bool finished() const { return assembler_.finished(); }
    /// Nothing more is worth reading: the end marker came, or a failure.
    bool over() const { return assembler_.done() || (failure_ && !finished()); }

private:
    void take(const wire::Delta& delta);
    void take_call(const wire::delta::Call& piece);
    void decide(const wire::SseEvent& event, net::Instant now, std::string& out);
    bool must_hold(net::Instant now) const;
    void hold(const wire::SseEvent& event);
    void flush(std::string& out);
    void flush_rewritten(std::string& out);
    void write_calls(const wire::delta::Start& identity, std::string& out) const;

    const RequestFacts& facts_;
    GateLimits limits_;
    wire::AnswerAssembler assembler_;
    wire::openai_chat::ChunkReader reader_;
    std::vector<wire::Delta> deltas_;  ///< of the event at hand; kept for its memory
    std::vector<wire::SseEvent> held_;
    std::size_t held_bytes_ = 0;
    std::vector<std::string> call_ids_;  ///< by index, as far as the pieces are tidy
    std::optional<net::Instant> reasoning_since_;
    std::optional<Outcome> failure_;
    std::size_t events_ = 0;
    bool committed_ = false;
    bool calls_ = false;
    bool untidy_ = false;  ///< the calls' pieces must be written anew
    bool last_had_content_ = false;
};

}  // namespace chaos::router
