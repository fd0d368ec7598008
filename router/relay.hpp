// One caller request from its first byte to its last: does what the failover machine says.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "net/condition.hpp"
#include "net/http/server.hpp"
#include "net/task_group.hpp"
#include "router/doors/door.hpp"
#include "router/failover.hpp"
#include "router/observer.hpp"
#include "router/redact.hpp"
#include "router/stream_gate.hpp"
#include "router/translation.hpp"
#include "router/upstream.hpp"

namespace chaos::router {

/// What all requests that began with one configuration share.
struct Shared {
    net::Runtime& runtime;
    const std::vector<Target>& targets;
    const Policy& policy;
    MemoryOfFailure& memory;
    net::http::Client& client;
    const Redactor& redactor;
    Observer& observer;
    net::TaskGroup& leftovers;            ///< exchanges whose answers are complete but not their bodies
    std::list<net::Condition*>& waiting;  ///< requests that wait for the health of some provider to change
    std::weak_ptr<const void> lifetime;   ///< whoever outlives the request holds it: all of the above lives as long
};

/// A caller's request, understood as far as it must be.
struct AskedFor {
    const Door& door;
    RequestFacts facts;
    bool embeddings = false;
    std::optional<wire::ChatRequest> request{};  ///< everything it says, if somebody may have to be told in other words
};
/// Marks the providers that lack what the request needs; reads it for that, if any speaks another protocol.
void fit_chain(std::vector<Link>& chain, const std::vector<Target>& targets, const Policy& policy, AskedFor& asked,
               std::string_view body);

class Relay {
public:
    /// `exchange`, `asked`, `record` and what `shared` names outlive it. The chain is not empty. What it learns goes
    /// into `record`, whose id, trace and beginning are there already.
    Relay(Shared& shared, net::http::ServerExchange& exchange, const AskedFor& asked, RequestChain chain,
          RequestRecord& record, net::Chance chance);
    ~Relay();
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;

    net::Task<void> run();

private:
    /// Tells the machine what came of an attempt, and the observer what the machine made of it.
    Step take_in(const Outcome& outcome);
    Step after_break(const Outcome& outcome);
    net::Task<Outcome> attempt(step::Try once, const step::Repair* repair);
    net::Task<Outcome> exchange_with(Upstream& upstream, bool fresh_connection);
    net::Task<Outcome> read_error(Upstream& upstream);
    net::Task<Outcome> take_whole(Upstream& upstream);
    net::Task<Outcome> take_stream(Upstream& upstream);
    /// How reading a stream came to its end, beside what the gate knows.
    struct StreamEnd {
        std::optional<Outcome> broken;
        bool whole_body = false;  ///< the body ended as it should
        bool refused = false;     ///< the caller did not take what was sent
    };
    net::Task<StreamEnd> pass_through(StreamGate& gate, Upstream& upstream);
    void note_for_continuation(const StreamGate& gate);
    net::Task<bool> deliver(std::string_view bytes, Upstream& upstream);

    net::Task<void> reply();
    net::Task<void> reply_error(SurfacedError error);
    net::Task<net::Error> start_stream();
    net::Task<void> end_stream(std::string_view last_bytes);
    net::Task<void> wait_until(net::Instant at);

    /// How the attempt under way is worded: what goes out, and how the answer comes back.
    struct Wording {
        const Api* api = nullptr;
        bool translated = false;
        std::size_t turn = 1;
        std::optional<Outward> outward;
        std::optional<IdMap> ids;
        std::unique_ptr<Inward> inward;
    };
    void word(const Target& target, const step::Repair* repair);
    net::http::Request request_for(const Target& target, std::size_t key) const;
    AnswerIdentity identity() const;
    void add_retry_hint(Outcome& outcome, const net::http::ResponseHead& head) const;
    void add_served_by(net::http::Headers& headers) const;
    void begin_record(const Target& target, bool fresh_connection, bool repair);
    void end_record(const Outcome& outcome, const Step& step);
    void health_may_have_changed();
    void caller_left();
    net::Instant now() const { return shared_.runtime.clock().now(); }

    Shared& shared_;
    net::http::ServerExchange& exchange_;
    const AskedFor& asked_;
    const RequestFacts& facts_;
    RequestRecord& record_;
    AttemptRecord attempt_;  ///< the one under way, or else the last
    net::Chance chance_;
    Failover machine_;
    net::Condition awake_;
    Upstream* upstream_ = nullptr;  ///< the one under way
    std::size_t target_ = 0;        ///< index of the provider in use
    std::size_t key_ = 0;           ///< and of its key
    Wording wording_;               ///< of the attempt under way
    std::string body_;              ///< what it is sent
    std::unique_ptr<StreamWriter> writer_;
    std::string said_;  ///< text that reached the caller, if it may be continued by somebody else
    bool may_continue_ = false;
    std::optional<SurfacedError> original_break_;
    bool caller_left_ = false;
    bool head_sent_ = false;  ///< of a streamed answer
    std::string answer_;      ///< whole body, or the last bytes of a stream
};

}  // namespace chaos::router
