// What is counted of requests and attempts: the same as if each series were looked up each time.
#include "router/operation/counted.hpp"

#include <gtest/gtest.h>

#include "tests/support/prometheus_text.hpp"

namespace chaos::router {
namespace {

using namespace std::chrono_literals;

AttemptRecord attempt_with(std::string target, OutcomeClass what, std::optional<wire::Usage> usage, std::optional<net::Duration> first_content,
                           std::string after)
{
    AttemptRecord attempt;
    attempt.target = std::move(target);
    attempt.what = what;
    attempt.answer.usage = usage;
    attempt.first_content = first_content;
    attempt.after = std::move(after);
    attempt.after_what = OutcomeClass::timeout;
    attempt.decision.kind = what == OutcomeClass::ok ? DecisionKind::reply : DecisionKind::failover;
    return attempt;
}

RequestRecord request_with(std::string model, std::string caller, int status, bool stream)
{
    RequestRecord request;
    request.model = std::move(model);
    request.caller = std::move(caller);
    request.status = status;
    request.stream = stream;
    request.took = 30ms;
    request.upstream = 20ms;
    request.waited = 6ms;
    request.first_content = 9ms;
    return request;
}

/// The labels of every record, written out each time.
class LookedUp {
public:
    void begin(const AttemptRecord& attempt) { metrics_.add(Metric::attempts_in_flight, {{"target", attempt.target}}); }
    void end(const AttemptRecord& attempt)
    {
        const Label target{"target", attempt.target};
        metrics_.add(Metric::attempts_in_flight, {target}, -1);
        metrics_.add(Metric::attempts, {target, {"class", spelling(attempt.what)}});
        metrics_.add(Metric::decisions, {{"decision", spelling(attempt.decision.kind)}});
        if (!attempt.after.empty())
            metrics_.add(Metric::failovers, {{"from", attempt.after}, {"to", attempt.target}, {"class", spelling(attempt.after_what)}});
        if (attempt.first_content) metrics_.observe(Metric::provider_first_token, {target}, *attempt.first_content);
        if (!attempt.answer.usage) return;
        metrics_.add(Metric::tokens, {target, {"direction", "input"}}, static_cast<double>(attempt.answer.usage->prompt_tokens));
        metrics_.add(Metric::tokens, {target, {"direction", "output"}}, static_cast<double>(attempt.answer.usage->completion_tokens));
    }
    void begin() { metrics_.add(Metric::requests_in_flight, {}); }
    void end(const RequestRecord& request)
    {
        metrics_.add(Metric::requests_in_flight, {}, -1);
        const std::string code = std::to_string(request.status);
        const Label model{"model", request.model};
        metrics_.add(Metric::requests, {model, {"caller", request.caller}, {"code", code}});
        if (!request.model.empty()) {
            metrics_.observe(Metric::request_duration, {model}, request.took);
            metrics_.observe(Metric::added_latency, {}, request.took - request.upstream - request.waited);
        }
        if (request.stream && request.status == 200) metrics_.observe(Metric::first_token, {model}, *request.first_content);
    }
    std::string text() const { return metrics_.text(); }

private:
    Metrics metrics_;
};

TEST(Counted, every_record_in_every_order)
{
    const std::optional<wire::Usage> usage = wire::Usage{7, 3};
    const std::vector<AttemptRecord> attempts{
        attempt_with("a", OutcomeClass::ok, usage, 5ms, ""),
        attempt_with("b", OutcomeClass::ok, std::nullopt, 5ms, "a"),
        attempt_with("a", OutcomeClass::rate_limit, std::nullopt, std::nullopt, ""),
        attempt_with("a provider with a long name and \"quotes\"", OutcomeClass::lost_race, usage, std::nullopt, "b"),
    };
    const std::vector<RequestRecord> requests{
        request_with("m", "", 200, true), request_with("m", "someone", 200, false), request_with("m", "someone", 503, true),
        request_with("", "", 404, false), request_with("n", "", 0, false),
    };
    for (std::size_t first = 0; first < attempts.size() * requests.size(); ++first) {
        Counted counted;
        LookedUp looked_up;
        EXPECT_EQ(counted.metrics().text(), "");
        for (std::size_t step = 0; step < 3 * attempts.size() * requests.size(); ++step) {
            const AttemptRecord& attempt = attempts[(first + step) % attempts.size()];
            const RequestRecord& request = requests[(first + step) / attempts.size() % requests.size()];
            counted.request_began();
            looked_up.begin();
            counted.attempt_began(attempt.target);
            looked_up.begin(attempt);
            ASSERT_EQ(counted.metrics().text(), looked_up.text());
            counted.attempt_ended(attempt);
            looked_up.end(attempt);
            counted.request_ended(request);
            looked_up.end(request);
            ASSERT_EQ(counted.metrics().text(), looked_up.text());
        }
        ASSERT_EQ(testing::read_prometheus(counted.metrics().text()).problems, "");
    }
}

/// Names that come and go with configurations push others aside, and nothing is lost.
TEST(Counted, more_names_than_are_at_hand)
{
    Counted counted;
    LookedUp looked_up;
    for (int i = 0; i < 5000; ++i) {
        const std::string name = std::to_string(i % 2500);
        const AttemptRecord attempt = attempt_with(name, OutcomeClass::ok, std::nullopt, 1ms, "");
        const RequestRecord request = request_with(name, name, 200, true);
        counted.attempt_began(name);
        looked_up.begin(attempt);
        counted.attempt_ended(attempt);
        looked_up.end(attempt);
        counted.request_ended(request);
        looked_up.end(request);
    }
    EXPECT_EQ(counted.metrics().text(), looked_up.text());
}

}  // namespace
}  // namespace chaos::router
