// Asks how long a failover took: from the first failed attempt's cause to the first accepted byte of the next one's
// answer.
#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/quantiles.hpp"
#include "harness/checks/table.hpp"
#include "harness/checks/words.hpp"

namespace chaos::harness {
namespace {

using history::CheckResult;
using history::Ending;
using history::Event;

/// Why a request had to move on, and when that began.
struct Trouble {
    Moment moment;
    std::string what;
};

bool went_wrong(const BookedAttempt& attempt)
{
    return attempt.faulted || (attempt.ended && (attempt.status != 200 || attempt.ending != Ending::complete));
}

/// When it went wrong. A silence began with the last sign of life, however late it was recorded as one.
Moment cause_of(const BookedAttempt& attempt)
{
    if (!attempt.ended || attempt.ending == Ending::silent || attempt.ending == Ending::client_left) {
        return attempt.output ? attempt.output : attempt.received;
    }
    return attempt.faulted && attempt.faulted.event < attempt.ended.event ? attempt.faulted : attempt.ended;
}

std::string what_happened_to(const BookedAttempt& attempt)
{
    return attempt.faulted ? fmt::format("{} met {}", attempt.name, attempt.fault)
                           : fmt::format("{} failed", attempt.name);
}

class Failover final : public Check {
public:
    Failover(const QuantileLimits& limits, const Book& book) : limits_(limits), book_(book) {}

    /// A connect that went nowhere names no task: it is remembered by its provider.
    void see(const Event& event) override
    {
        if (event.kind != history::Kind::fault_delivered || !event.attempt.empty() || event.provider.empty()) return;
        contacts_.push_back({{event.number, event.at}, event.provider, event.fault});
    }

    std::vector<CheckResult> finish() override
    {
        std::vector<Sample> samples;
        for (const BookedRequest& request : book_.requests()) {
            const Moment accepted = accepted_at(request);
            const Trouble trouble = first_trouble(request);
            if (!accepted || !trouble.moment || accepted.event < trouble.moment.event) continue;
            samples.push_back(sample_of(request, trouble, accepted));
        }
        std::vector<CheckResult> results = judge_quantiles("failover", "failovers", limits_, samples);
        for (CheckResult& result : results) {
            if (samples.empty()) result.reason = "no failed attempt was followed by one that answered";
        }
        return results;
    }

private:
    struct Contact {
        Moment moment;
        std::string provider;
        std::string fault;
    };

    /// Some answers come whole; then their end is their first byte.
    static Moment accepted_at(const BookedRequest& request)
    {
        if (request.output) return request.output;
        return request.outcome == history::Outcome::ok ? request.ended : Moment{};
    }

    Trouble first_trouble(const BookedRequest& request) const
    {
        const Trouble contact = failed_contact(request);
        const Trouble attempt = failed_attempt(request);
        if (!contact.moment) return attempt;
        return !attempt.moment || contact.moment.event < attempt.moment.event ? contact : attempt;
    }

    /// Only an attempt that another one followed, and that did not serve in the end (a slow one may).
    Trouble failed_attempt(const BookedRequest& request) const
    {
        const BookedAttempt* server = book_.server_of(request);
        for (std::size_t i = 0; i + 1 < request.attempts.size(); ++i) {
            const BookedAttempt& attempt = book_.attempts()[request.attempts[i]];
            if (&attempt != server && went_wrong(attempt)) return {cause_of(attempt), what_happened_to(attempt)};
        }
        return {};
    }

    /// A connect to a provider that met a fault while this request had no attempt anywhere yet, and then went to
    /// another provider. With several callers waiting at once it may be another one's connect; both then waited for the
    /// same thing.
    Trouble failed_contact(const BookedRequest& request) const
    {
        if (request.attempts.empty()) return {};
        const BookedAttempt& first = book_.attempts()[request.attempts.front()];
        const auto after_sending =
            std::lower_bound(contacts_.begin(), contacts_.end(), request.sent.event,
                             [](const Contact& contact, std::uint64_t event) { return contact.moment.event < event; });
        for (auto contact = after_sending; contact != contacts_.end(); ++contact) {
            if (contact->moment.event > first.received.event) break;
            if (contact->provider == first.provider) continue;
            return {contact->moment, fmt::format("a connect to {} met {}", contact->provider, contact->fault)};
        }
        return {};
    }

    Sample sample_of(const BookedRequest& request, const Trouble& trouble, const Moment& accepted) const
    {
        Sample sample;
        sample.took = accepted.at - trouble.moment.at;
        const BookedAttempt* server = book_.server_of(request);
        sample.finding.message =
            fmt::format("{}: {}, and the first byte from {} came {} later", request.name, trouble.what,
                        server == nullptr ? "elsewhere" : server->name, rounded(sample.took));
        sample.finding.events = {trouble.moment.event, accepted.event};
        sample.finding.task = request.task;
        sample.finding.request = request.name;
        return sample;
    }

    const QuantileLimits& limits_;
    const Book& book_;
    std::vector<Contact> contacts_;  ///< in order of events
};

}  // namespace

std::unique_ptr<Check> make_failover(const Plan& plan, const Book& book)
{
    if (plan.scenario.expect.failover.empty()) return nullptr;
    return std::make_unique<Failover>(plan.scenario.expect.failover, book);
}

}  // namespace chaos::harness
