// The recorder: the one place where what mocks, tools and agents saw becomes events of the history.
#pragma once

#include <functional>
#include <string>

#include "harness/turns.hpp"
#include "history/event.hpp"
#include "mock_providers/observer.hpp"
#include "net/clock.hpp"
#include "router/router.hpp"

namespace chaos::harness {

class Recorder final : public mock_providers::Observer, public router::Observer {
public:
    explicit Recorder(const net::Clock& clock) : clock_(clock) {}

    /// Adds what only the recorder knows (number, time) and keeps the event.
    void record(history::Event event);
    history::History take() { return std::move(history_); }
    TurnReader& turns() { return turns_; }

    /// Events are told and not kept, for mocks that serve for days.
    void keep_nothing() { keeps_ = false; }

    /// Called after each event: progress for whoever watches.
    void on_event(std::function<void(const history::Event&)> watcher) { watcher_ = std::move(watcher); }

    // mock_providers::Observer
    void connection_opened(std::string_view provider, std::uint64_t ordinal) override;
    void attempt_received(const mock_providers::Attempt& attempt, const wire::ChatRequest& request) override;
    void output_started(const mock_providers::Attempt& attempt) override;
    void attempt_ended(const mock_providers::Attempt& attempt, int status, mock_providers::WireEnd end,
                       std::int64_t tokens) override;
    void told_to_wait(const mock_providers::Attempt& attempt, net::Duration wait, std::string_view why) override;
    void upstream_failed(const mock_providers::Attempt& attempt, std::string_view why) override;
    void stray_received(std::string_view where, std::string_view why) override;
    void fault_armed(std::string_view fault, std::string_view target, std::string_view probe) override;
    void fault_skipped(std::string_view fault, std::string_view target, std::string_view why) override;
    void fault_opportunity(std::string_view fault, const mock_providers::Attempt& attempt, bool fell) override;
    void fault_delivered(std::string_view fault, const mock_providers::Attempt& attempt, mock_providers::Proof proof,
                         std::string_view what) override;
    void fault_released(std::string_view fault, std::string_view target) override;
    void tool_received(const ToolUse& use) override;
    void effect_performed(const ToolUse& use) override;
    void effect_replayed(const ToolUse& use) override;
    void tool_answered(const ToolUse& use, int status, mock_providers::WireEnd end) override;
    void tool_fault(std::string_view fault, const ToolUse& use, bool fell, std::string_view what) override;

    // router::Observer
    void attempt_began(const router::AttemptStart& attempt) override;
    void attempt_ended(const router::AttemptEnd& end) override;
    void breaker_changed(const router::BreakerChange& change) override;
    void request_ended(const router::RequestRecord& request) override;

private:
    void note(std::string_view request, std::string_view target, std::string_view kind, std::string text);

    const net::Clock& clock_;
    history::History history_;
    std::uint64_t recorded_ = 0;
    bool keeps_ = true;
    TurnReader turns_;
    std::function<void(const history::Event&)> watcher_;
};

}  // namespace chaos::harness
