// Asks how long callers waited for a turn, from their request to its end.
#include <fmt/format.h>

#include "harness/checks/quantiles.hpp"
#include "harness/checks/table.hpp"
#include "harness/checks/words.hpp"

namespace chaos::harness {
namespace {

using history::CheckResult;
using history::Outcome;

std::string how_it_ended(const BookedRequest& request)
{
    if (request.outcome == Outcome::ok) return "";
    return request.ending == history::Ending::timed_out ? " and timed out" : " and failed";
}

/// Every turn that ended counts, also one that failed: who waits ten seconds for an error has waited ten seconds.
class Latency final : public Check {
public:
    Latency(const QuantileLimits& limits, const Book& book) : limits_(limits), book_(book) {}

    std::vector<CheckResult> finish() override
    {
        std::vector<Sample> samples;
        for (const BookedRequest& request : book_.requests()) {
            if (request.ended) samples.push_back(sample_of(request));
        }
        return judge_quantiles("latency", "caller turns", limits_, samples);
    }

private:
    Sample sample_of(const BookedRequest& request) const
    {
        Sample sample;
        sample.took = request.ended.at - request.sent.at;
        const BookedAttempt* server = book_.server_of(request);
        sample.finding.message =
            fmt::format("{} took {}{}{}", request.name, rounded(sample.took), how_it_ended(request),
                        server == nullptr ? "" : fmt::format(" (last at {})", server->name));
        sample.finding.events = {request.sent.event, request.ended.event};
        sample.finding.task = request.task;
        sample.finding.request = request.name;
        return sample;
    }

    const QuantileLimits& limits_;
    const Book& book_;
};

}  // namespace

std::unique_ptr<Check> make_latency(const Plan& plan, const Book& book)
{
    if (plan.scenario.expect.latency.empty()) return nullptr;
    return std::make_unique<Latency>(plan.scenario.expect.latency, book);
}

}  // namespace chaos::harness
