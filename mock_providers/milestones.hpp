// Milestones of a run: what a fault with `after:` waits for, and when it came. Plain counts.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mock_providers/spec.hpp"
#include "net/time.hpp"

namespace chaos::mock_providers {

/// All times are since clock zero.
class Milestones {
public:
    void request_received(std::string_view provider, net::Duration at);
    void fault_happened(std::string_view fault, net::Duration at);
    void effect_performed(std::string_view tool, net::Duration at);
    void forget();

    /// When it came, for a fault on `target`; nothing: not yet.
    std::optional<net::Duration> reached(const After& after, std::string_view target) const;

private:
    /// The first times only: what comes later changes nothing.
    std::map<std::string, net::Duration, std::less<>> faults_;
    std::map<std::string, net::Duration, std::less<>> effects_;
    std::map<std::string, std::vector<net::Duration>, std::less<>> requests_;  ///< the nth at n - 1; at most `most_counted`
};

/// When the time of a fault on `target` begins, since clock zero; nothing: what it waits for has not come. Null: nothing comes.
std::optional<net::Duration> own_zero(const FaultSpec& fault, std::string_view target, const Milestones* milestones);

/// No `after:` waits for more requests.
inline constexpr std::int64_t most_counted = 100'000;

}  // namespace chaos::mock_providers
