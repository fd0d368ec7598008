// Computes quantiles with integers and compares them with limits.
#include "harness/checks/quantiles.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/words.hpp"

namespace chaos::harness {
namespace {

using history::CheckResult;
using history::Verdict;

std::size_t per_hundred(Quantile quantile)
{
    switch (quantile) {
        case Quantile::p50:
            return 50;
        case Quantile::p90:
            return 90;
        case Quantile::p95:
            return 95;
        case Quantile::p99:
            return 99;
        case Quantile::max:
            return 100;
    }
    return 100;
}

/// Fills `result` for a quantile that was measured as `took`.
void compare(CheckResult& result, std::string_view quantile, net::Duration took, net::Duration limit,
             const std::vector<Sample>& sorted)
{
    result.measured = fmt::format("{} {}", quantile, rounded_against(took, limit));
    if (took <= limit) {
        result.verdict = Verdict::pass;
        return;
    }
    result.verdict = Verdict::fail;
    for (auto sample = sorted.rbegin(); sample != sorted.rend() && sample->took > limit; ++sample) {
        result.findings.push_back(sample->finding);
    }
    result.reason = fmt::format("{} is {}, more than {}; {} of {} took longer", quantile, rounded_against(took, limit),
                                net::to_string(limit), result.findings.size(), sorted.size());
}

}  // namespace

std::string_view name_of(Quantile quantile)
{
    switch (quantile) {
        case Quantile::p50:
            return "p50";
        case Quantile::p90:
            return "p90";
        case Quantile::p95:
            return "p95";
        case Quantile::p99:
            return "p99";
        case Quantile::max:
            return "max";
    }
    return "";
}

std::size_t samples_needed(Quantile quantile)
{
    return quantile == Quantile::max ? 1 : 100 / (100 - per_hundred(quantile));
}

std::size_t nearest_rank(Quantile quantile, std::size_t count)
{
    const std::size_t rank = (per_hundred(quantile) * count + 99) / 100;  // ceiling
    return rank - 1;
}

std::vector<CheckResult> judge_quantiles(std::string_view check, std::string_view what, const QuantileLimits& limits,
                                         std::vector<Sample>& samples)
{
    std::stable_sort(samples.begin(), samples.end(), [](const Sample& a, const Sample& b) { return a.took < b.took; });
    std::vector<CheckResult> results;
    for (const auto& [quantile, limit] : limits) {
        CheckResult result;
        result.id = fmt::format("{}.{}", check, name_of(quantile));
        result.check = check;
        result.limit = net::to_string(limit.value);
        result.expectation = fmt::format("{} of {} is at most {}", name_of(quantile), what, result.limit);
        result.source = limit.source;
        const std::size_t needed = samples_needed(quantile);
        if (samples.size() < needed) {
            result.reason =
                fmt::format("too few samples: {} needs {}, there are {}", name_of(quantile), needed, samples.size());
        } else {
            compare(result, name_of(quantile), samples[nearest_rank(quantile, samples.size())].took, limit.value,
                    samples);
        }
        results.push_back(std::move(result));
    }
    return results;
}

}  // namespace chaos::harness
