// What one event loop knows of its own work: counts, the last requests, and lines for the log.
#pragma once

#include <memory>
#include <string>

#include "net/runtime.hpp"
#include "router/observer.hpp"
#include "router/operation/counted.hpp"
#include "router/operation/explanations.hpp"
#include "router/operation/log_file.hpp"

namespace chaos::router {

/// How much the log tells.
enum class LogLevel {
    warn,   ///< what went wrong
    info,   ///< every attempt and every request
    debug,  ///< also what begins
};

/// Used on its loop only.
class Telemetry final : public Observer {
public:
    /// `log` is shared and outlives it.
    Telemetry(net::Runtime& runtime, LogFile& log, LogLevel level, std::size_t explanations);
    /// Writes what is left.
    ~Telemetry() override { flush(); }

    void request_began(const RequestStart& request) override;
    void attempt_began(const AttemptStart& attempt) override;
    void attempt_ended(const AttemptEnd& end) override;
    void breaker_changed(const BreakerChange& change) override;
    void request_ended(const RequestRecord& request) override;
    void tool_attempt_ended(const ToolAttemptRecord& attempt) override;
    void queue_changed(const QueueRecord& queue) override;
    void store_failed(const StoreProblem& problem) override;

    const Metrics& metrics() const { return counted_.metrics(); }
    const Explanations& explanations() const { return explanations_; }
    void set_level(LogLevel level) { level_ = level; }

private:
    bool wants(LogLevel level) const { return level <= level_ && log_.wanted(); }
    template <class Write>
    void line(std::string_view kind, Write write);
    void flush();

    net::Runtime& runtime_;
    LogFile& log_;
    LogLevel level_;
    Counted counted_;
    Explanations explanations_;
    std::string lines_;  ///< of this turn of the loop, not written yet
};

}  // namespace chaos::router
