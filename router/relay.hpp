// One caller request from its first byte to its last: does what the failover machine says.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "net/condition.hpp"
#include "net/http/server.hpp"
#include "net/rare.hpp"
#include "net/watchdog.hpp"
#include "router/asked_for.hpp"
#include "router/attempt.hpp"
#include "router/failover.hpp"
#include "router/observer.hpp"
#include "router/shared.hpp"

namespace chaos::router {

/// Owns the machine and the way to the caller; what is asked and answered at a provider is an attempt's own. Two
/// attempts may race (see Failover): only the one that leads touches the way to the caller.
class Relay final : private Outlet {
public:
    /// `exchange`, `asked`, `record` and what `shared` names outlive it. The chain is not empty. What it learns goes
    /// into `record`, whose id, trace and beginning are there already. It is `now`, also when it runs.
    Relay(Shared& shared, net::http::ServerExchange& exchange, const AskedFor& asked, RequestChain chain,
          RequestRecord& record, net::Chance chance, net::Instant now);
    ~Relay() override;
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;

    net::Task<void> run();

private:
    net::Task<void> carry_out();
    std::shared_ptr<Attempt> begin_next();
    std::unique_ptr<net::Timer> listen_for_silence();
    void begin_hedge();
    net::Task<void> run_hedge(std::shared_ptr<Attempt> hedge);
    net::Task<void> wait_for_hedge();
    /// The race is decided.
    void lead(const Attempt& winner);
    /// Tells the machine what came of an attempt, and the observer what the machine made of it.
    Step take_in(Attempt& of, const Outcome& outcome);
    Step step_after(Attempt& of, const Outcome& outcome, net::Instant at);
    Step after_break(const Outcome& outcome, net::Instant at);

    net::Task<bool> deliver(Attempt& from, std::string_view bytes) override;
    void hang_up() override { exchange_.close(net::Close::reset); }
    net::Task<net::Error> answer();
    net::Task<net::Error> reply();
    net::Task<net::Error> reply_error(const SurfacedError& error);
    net::Task<net::Error> start_stream();
    net::Task<net::Error> end_stream(std::string last_bytes);
    void be_patient_until(net::Instant at);
    net::Task<void> wait_until(net::Instant at);
    void add_served_by(net::http::Headers& headers) const;

    std::shared_ptr<Attempt> begin(Errand errand, bool hedge);
    void begin_record(Attempt& of, bool hedge);
    void note_reason(AttemptRecord& record) const;
    void end_record(Attempt& of, const Outcome& outcome, const Step& step, net::Instant at);
    void health_may_have_changed();
    void caller_left();
    net::Instant now() const { return shared_.runtime.clock().now(); }

    Shared& shared_;
    net::http::ServerExchange& exchange_;
    const AskedFor& asked_;
    const RequestFacts& facts_;
    RequestRecord& record_;
    net::Chance chance_;
    Failover machine_;
    Step next_;             ///< what carry_out() does next
    net::Instant decided_;  ///< when that was decided
    net::Condition awake_;
    std::shared_ptr<Attempt> attempt_;  ///< the one under way, or else the last; of two, the one that leads
    std::shared_ptr<Attempt> rival_;    ///< until it has come to something
    net::TaskGroup* hedges_ = nullptr;  ///< if there may be one
    net::Rare<Step> step_of_hedge_;     ///< what follows from it, for whoever does what follows
    std::exception_ptr problem_of_hedge_;
    int under_way_ = 0;
    net::Instant busy_since_{};  ///< while an attempt is under way
    Told told_;
    net::Rare<SurfacedError> original_break_;
    std::optional<net::Watchdog> patience_;  ///< with a caller who takes in the end of its answer
    bool caller_left_ = false;
    bool head_sent_ = false;  ///< of a streamed answer
};

}  // namespace chaos::router
