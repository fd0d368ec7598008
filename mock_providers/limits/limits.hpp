// Limits: whether a caller may be answered now, and what it has left. Pure but for what was counted.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mock_providers/limits/allowance.hpp"

namespace chaos::mock_providers {

enum class LimitKind { requests_per_minute, tokens_per_minute, requests_per_day, concurrent };

/// What a caller has left of one limit.
struct Standing {
    LimitKind kind{};
    std::int64_t limit = 0;
    std::int64_t remaining = 0;
    net::Duration reset{};  ///< until nothing is missing any more
};

/// Why a request is not answered.
struct OverLimit {
    LimitKind kind{};
    std::int64_t limit = 0;
    std::int64_t used = 0;
    std::int64_t requested = 0;
    /// Asked again after exactly so long, it fits, unless the caller has used more by then. Nothing: it never will,
    /// or (concurrent) nobody knows when.
    std::optional<net::Duration> wait;

    bool never_fits() const { return requested > limit; }
};

struct Admission {
    std::optional<OverLimit> refused;
    std::vector<Standing> standing;  ///< afterwards; of the limits that are counted in time
};

/// Counts what is answered. A request that is refused uses nothing, so a wait that was told stays true.
class Limits {
public:
    Limits(const LimitsSpec& spec, RateWindow usual);

    /// `tokens`: of prompt and answer. Whoever is admitted is under way until leave().
    Admission admit(const std::string& caller, net::Instant now, std::int64_t tokens);
    void leave(const std::string& caller);
    /// From here on as if nobody had asked for anything; who is under way stays so.
    void forget();

private:
    struct Counter {
        LimitKind kind;
        Allowance allowance;
    };
    struct Caller {
        std::vector<Counter> counters;
        std::int64_t under_way = 0;
    };

    std::vector<Counter> fresh_counters() const;
    Caller& caller_named(const std::string& name);
    std::optional<OverLimit> refusal(const Caller& caller, net::Instant now, std::int64_t tokens) const;

    LimitsSpec spec_;
    RateWindow window_;
    std::map<std::string, Caller> callers_;
};

/// "3 of 3 requests per minute were used"
std::string in_words(const OverLimit& over);

}  // namespace chaos::mock_providers
