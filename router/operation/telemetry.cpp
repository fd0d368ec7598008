// From records to numbers and lines.
#include "router/operation/telemetry.hpp"

#include <boost/asio/post.hpp>

#include "router/operation/record_json.hpp"

namespace chaos::router {
namespace {

/// Lines of one turn of the loop are written together; more than this are not kept for it.
constexpr std::size_t longest_batch = 64 * 1024;

}  // namespace

Telemetry::Telemetry(net::Runtime& runtime, LogFile& log, LogLevel level, std::size_t explanations)
    : runtime_(runtime), log_(log), level_(level), explanations_(explanations)
{
}

template <class Write>
void Telemetry::line(std::string_view kind, Write write)
{
    if (lines_.empty()) boost::asio::post(runtime_.executor(), [this] { flush(); });
    JsonObject object(lines_);
    object.text("time", net::rfc3339(runtime_.wall().now()));
    object.text("kind", kind);
    write(object);
    object.end();
    lines_ += '\n';
    if (lines_.size() > longest_batch) flush();
}

void Telemetry::flush()
{
    if (!lines_.empty()) log_.write(lines_);
    lines_.clear();
}

void Telemetry::request_began(const RequestStart& request)
{
    counted_.request_began();
    explanations_.began(request);
}

void Telemetry::attempt_began(const AttemptStart& attempt)
{
    counted_.attempt_began(attempt.target);
    if (!wants(LogLevel::debug)) return;
    line("attempt_began", [&](JsonObject& object) {
        object.text("request", attempt.request);
        object.number("attempt", attempt.number);
        object.text("target", attempt.target);
    });
}

void Telemetry::attempt_ended(const AttemptEnd& end)
{
    const AttemptRecord& attempt = end.record;
    counted_.attempt_ended(attempt);
    explanations_.add(attempt);
    if (!wants(is_failure(attempt.what) ? LogLevel::warn : LogLevel::info)) return;
    line("attempt", [&](JsonObject& object) { write_attempt(object, attempt); });
}

void Telemetry::breaker_changed(const BreakerChange& change)
{
    if (!wants(LogLevel::warn)) return;
    line("breaker", [&](JsonObject& object) {
        object.text("request", change.request);
        object.text("target", change.target);
        object.text("state", change.state);
    });
}

void Telemetry::tool_attempt_ended(const ToolAttemptRecord& attempt)
{
    const std::string code = std::to_string(attempt.status);
    counted_.metrics().add(Metric::tool_attempts, {{"tool", attempt.tool}, {"code", code}});
    const bool well = attempt.status >= 200 && attempt.status < 400;
    if (!wants(well ? LogLevel::info : LogLevel::warn)) return;
    line("tool_attempt", [&](JsonObject& object) {
        object.text("request", attempt.call);
        object.number("attempt", attempt.number);
        object.text("tool", attempt.tool);
        object.number("endpoint", static_cast<std::int64_t>(attempt.endpoint));
        object.number("status", attempt.status);
        object.text("why", attempt.why);
        object.milliseconds("took_ms", attempt.took);
        object.text("decision", attempt.then);
    });
}

void Telemetry::queue_changed(const QueueRecord& queue)
{
    counted_.metrics().set(Metric::queue_depth, {{"queue", queue.tool}}, static_cast<double>(queue.pending));
    counted_.metrics().set(Metric::dead_letters, {{"queue", queue.tool}}, static_cast<double>(queue.dead));
}

void Telemetry::store_failed(const StoreProblem& problem)
{
    counted_.metrics().add(Metric::store_failures, {{"what", problem.what}});
    if (!wants(LogLevel::warn)) return;
    line("store", [&](JsonObject& object) {
        object.text("what", problem.what);
        object.text("why", problem.why);
    });
}

void Telemetry::request_ended(const RequestRecord& request)
{
    counted_.request_ended(request);
    explanations_.ended(request);
    const bool well = request.status >= 200 && request.status < 400 && !request.broken;
    if (!wants(well ? LogLevel::info : LogLevel::warn)) return;
    line("request", [&](JsonObject& object) { write_request(object, request); });
}

}  // namespace chaos::router
