// The point of no return of a stream: what may go to the caller at once, what is held until it is certain, and how it
// ended.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "net/rare.hpp"
#include "net/time.hpp"
#include "router/apis/api.hpp"
#include "router/check_answer.hpp"
#include "router/doors/door.hpp"
#include "router/text_joint.hpp"
#include "router/translation.hpp"
#include "wire/chat.hpp"

namespace chaos::router {

struct GateLimits {
    std::size_t reasoning_bytes = 16 * 1024;                 ///< reasoning is held to this much,
    net::Duration reasoning_time = std::chrono::seconds(2);  ///< or this long, then flows
    std::size_t held_bytes = 4 * 1024 * 1024;                ///< more than this held back is a failure
};

/// How a stream gets to its caller.
struct Passage {
    StreamWriter& writer;
    Inward* inward = nullptr;    ///< null: frames go on as they came, since the caller speaks the provider's protocol
    bool hold_turn = false;      ///< nothing goes before the turn is complete
    TextJoint* joint = nullptr;  ///< this goes on with a text that another provider began; null: it does not
    bool drop_usage = false;     ///< frames that only count were our wish, not the caller's
};

/// Text flows at once. Roles, preambles and blank beginnings are held until content follows. From the first piece of a
/// tool call on everything is held until the turn has ended and every call is complete and valid: until then another
/// provider can still take over. Calls whose pieces clients would join wrongly are written anew, as is everything for
/// callers of another protocol. Where several choices were asked for, that holds of each of them, and what holds back
/// one holds back all. No I/O, no clock.
class StreamGate {
public:
    /// `facts` and what `passage` names outlive it.
    StreamGate(const RequestFacts& facts, Passage passage, GateLimits limits = {});

    /// Takes the next frame; appends to `out` the bytes that may go to the caller now. True if it carried content:
    /// text, reasoning, a piece of a call, a finish reason.
    bool see(StreamUnit unit, net::Instant now, std::string& out);

    /// The upstream ended, was cut (`broken`) or is not waited for any longer. ok with the rest of the bytes in `out`,
    /// the end of the caller's protocol included; else why this is no answer, and nothing may be added.
    Outcome end(const net::Rare<Outcome>& broken, std::string& out);

    /// Content has gone to the caller: nobody else may take over.
    bool committed() const { return committed_; }
    /// The turn has a finish reason, in every choice that was asked for: what follows can only be usage and the end
    /// marker.
    bool finished() const { return all_begun_are_finished() && !lacks_choices(); }
    /// Nothing more is worth reading: the end marker came, or a failure.
    bool over() const { return assembler_.done() || (failure_ && !finished()); }
    /// What was said so far, whether it flows or is held.
    const wire::ChatAnswer& so_far() const { return assembler_.answer(); }
    /// What it says of itself so far: also an answer that comes to nothing was counted, and will be billed.
    AnswerFacts account() const;
    /// The text that went to the caller, if it was written anew.
    const std::string& told() const { return told_; }

private:
    void take_others(const std::vector<wire::ChoiceDeltas>& others);
    void take(const wire::Delta& delta, wire::AnswerAssembler& choice);
    void decide(StreamUnit unit, net::Instant now, std::string& out);
    bool must_hold(net::Instant now) const;
    void hold(StreamUnit unit);
    void let_through(const StreamUnit& unit, std::string& out);
    void write(wire::Delta delta, std::string& out);
    bool goes_on(wire::Delta& delta);
    void flush(std::string& out);
    void write_calls(std::string& out);
    bool all_begun_are_finished() const;
    bool lacks_choices() const { return 1 + static_cast<std::int64_t>(others_.size()) < facts_.choices; }
    template <class Predicate>
    bool any_choice(Predicate predicate) const;
    bool is_bad_end(const wire::AnswerAssembler& choice) const;
    Outcome check_choices() const;
    Outcome judge_end(const net::Rare<Outcome>& broken, std::string& out);

    const RequestFacts& facts_;
    Passage passage_;
    GateLimits limits_;
    wire::AnswerAssembler assembler_;                       ///< of the only choice, or the first
    std::map<std::int64_t, wire::AnswerAssembler> others_;  ///< the choices after it, as far as they have begun
    std::vector<StreamUnit> held_;
    std::size_t held_bytes_ = 0;
    std::optional<net::Instant> reasoning_since_;
    net::Rare<Outcome> failure_;
    std::optional<wire::Usage> counted_;
    std::size_t units_ = 0;
    bool committed_ = false;
    bool calls_ = false;
    bool calls_written_ = false;
    std::string told_;
    bool untidy_ = false;  ///< the calls' pieces must be written anew
    bool last_had_content_ = false;
};

}  // namespace chaos::router
