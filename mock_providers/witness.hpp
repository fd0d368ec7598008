// A witness between the mocks and whoever watches them: notes the milestones of a run and passes everything on.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "mock_providers/milestones.hpp"
#include "mock_providers/observer.hpp"
#include "net/clock.hpp"

namespace chaos::mock_providers {

class Witness final : public Observer {
public:
    /// Both outlive it.
    Witness(const net::Clock& clock, Observer& watcher) : clock_(clock), watcher_(watcher) {}

    /// Nothing is noted before; whatever was noted is forgotten.
    void start_clock(net::Instant zero);
    const Milestones& milestones() const { return milestones_; }
    /// Called after each milestone.
    void on_milestone(std::function<void()> reached) { listeners_.push_back(std::move(reached)); }

    void connection_opened(std::string_view provider, std::uint64_t ordinal) override;
    void attempt_received(const Attempt& attempt, const wire::ChatRequest& request) override;
    void output_started(const Attempt& attempt) override;
    void attempt_ended(const Attempt& attempt, int status, WireEnd end, std::int64_t tokens) override;
    void told_to_wait(const Attempt& attempt, net::Duration wait, std::string_view why) override;
    void upstream_failed(const Attempt& attempt, std::string_view why) override;
    void stray_received(std::string_view where, std::string_view why) override;
    void fault_skipped(std::string_view fault, std::string_view target, std::string_view why) override;
    void fault_armed(std::string_view fault, std::string_view target, std::string_view probe) override;
    void fault_opportunity(std::string_view fault, const Attempt& attempt, bool fell) override;
    void fault_delivered(std::string_view fault, const Attempt& attempt, Proof proof, std::string_view what) override;
    void fault_released(std::string_view fault, std::string_view target) override;
    void tool_received(const ToolUse& use) override;
    void effect_performed(const ToolUse& use) override;
    void effect_replayed(const ToolUse& use) override;
    void tool_answered(const ToolUse& use, int status, WireEnd end) override;
    void tool_fault(std::string_view fault, const ToolUse& use, bool fell, std::string_view what) override;

private:
    /// Notes what `note` says happened now, and tells the listeners.
    void note(void (Milestones::*what)(std::string_view, net::Duration), std::string_view name);

    const net::Clock& clock_;
    Observer& watcher_;
    std::optional<net::Instant> zero_;
    Milestones milestones_;
    std::vector<std::function<void()>> listeners_;
};

}  // namespace chaos::mock_providers
