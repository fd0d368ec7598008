// One attempt at one provider: what it is sent, what comes back, and what that comes to.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "net/http/message.hpp"
#include "router/check_answer.hpp"
#include "router/observer.hpp"
#include "router/shared.hpp"
#include "router/stream_gate.hpp"
#include "router/upstream.hpp"
#include "router/wording.hpp"

namespace chaos::router {

class Attempt;

/// The way to the caller, as attempts see it.
class Outlet {
public:
    virtual ~Outlet() = default;
    /// A piece of a streamed answer that may go to the caller now. False if it did not take it.
    virtual net::Task<bool> deliver(Attempt& from, std::string_view bytes) = 0;
    /// The caller has not taken it in the time that there is.
    virtual void hang_up() = 0;
};

/// What the caller has of a streamed answer already, whoever said it.
struct Told {
    std::string text;                      ///< as far as it was written anew
    bool may_continue = false;             ///< these are words alone: somebody else may go on with them
    std::shared_ptr<StreamWriter> writer;  ///< has written what was said so far; null before that
};

/// What is to be done: ask `link` with its `key`.
struct Errand {
    const Link& link;
    Place place;
    std::size_t key = 0;
    bool fresh_connection = false;
    net::Instant deadline{};  ///< of the whole request
    bool last = false;        ///< its first token may take all the time that is left
    bool goes_on = false;     ///< with an answer of which the caller has the beginning
    std::optional<step::Repair> repair{};
};

/// Holds everything that is one attempt's own, so that two of them can be under way for one request. Moves bytes and
/// judges what they are; what follows from that is not for it to decide.
class Attempt {
public:
    /// `shared` and what it names, `outlet`, `asked`, `original` and the link of `errand` outlive it.
    Attempt(Shared& shared, Outlet& outlet, const AskedFor& asked, const net::http::Request& original, Errand errand,
            Told told);
    Attempt(const Attempt&) = delete;
    Attempt& operator=(const Attempt&) = delete;

    /// Once. Whatever of it may already go to the caller goes there on the way.
    net::Task<void> run();
    /// What it came to, when it is over.
    const Outcome& outcome() const { return *outcome_; }
    /// Ends it at once, from anywhere: `why` is then what it came to. The first reason counts.
    void stop(Outcome why);
    bool stopped() const { return static_cast<bool>(stopped_); }
    /// Something of an answer came, whether it may go to the caller yet or not.
    bool spoke() const { return record_.first_content.has_value(); }

    const Errand& errand() const { return errand_; }
    const Target& target() const { return input_.target; }
    const Link& link() const { return errand_.link; }
    Place place() const { return errand_.place; }
    /// Whoever begins it writes down what is known before the provider has said anything.
    AttemptRecord& record() { return record_; }
    const AttemptRecord& record() const { return record_; }
    /// What is said of the answer, for its record.
    AnswerFacts take_account() { return std::move(outcome_->answer); }
    std::vector<std::string> dropped() const { return wording_.dropped(); }
    /// What the caller has when it is over, of this attempt and of those before it.
    const Told& told() const { return told_; }
    /// The whole body, or the last bytes of a stream.
    std::string take_answer() { return std::move(answer_); }

private:
    /// How reading a stream came to its end, beside what the gate knows.
    struct StreamEnd {
        net::Rare<Outcome> broken;
        bool whole_body = false;  ///< the body ended as it should
        bool refused = false;     ///< the caller did not take what was sent
    };
    net::Task<net::Rare<Outcome>> open();
    BodyKind note_head(net::Instant now);
    bool succeeded() const { return record_.status >= 200 && record_.status <= 299; }
    // What each finds goes into outcome_: thousands of streams are open in them at once.
    void take_body(BodyKind kind, Upstream::Piece body);
    void take_error(Upstream::Piece body);
    void take_whole(BodyKind kind, Upstream::Piece body);
    net::Task<void> take_stream();
    Outcome judge_stream(StreamGate& gate, const StreamEnd& end);
    net::Task<void> pass_through(StreamGate& gate, StreamEnd& end);
    std::string take_in(Upstream::Piece piece, StreamReader& reader, StreamGate& gate, StreamEnd& end);
    net::Task<bool> deliver(std::string_view bytes);
    bool hushed() const;
    void note_for_continuation(const StreamGate& gate);
    void add_retry_hint(Outcome& outcome) const;
    net::Instant now() const { return shared_.runtime.clock().now(); }

    Shared& shared_;
    Outlet& outlet_;
    const AskedFor& asked_;
    const RequestFacts& facts_;
    Errand errand_;
    Told told_;
    WordingInput input_;
    Wording wording_;
    AttemptRecord record_;
    std::optional<Upstream> upstream_;  ///< until it is over
    net::Rare<Outcome> outcome_;        ///< null until there is one
    net::Rare<Outcome> stopped_;
    std::string answer_;
    std::optional<net::Instant> last_words_;  ///< when the caller was last given something
};

}  // namespace chaos::router
