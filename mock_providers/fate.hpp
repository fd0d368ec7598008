// Fate: which faults act on an exchange. A question with a pure answer, but for the count of injections so far.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "mock_providers/milestones.hpp"
#include "mock_providers/spec.hpp"
#include "net/chance.hpp"
#include "net/http/message.hpp"

namespace chaos::mock_providers {

/// Everything selectors look at. A call of a tool is an occasion, too.
struct Occasion {
    std::optional<net::Duration> at;  ///< since clock zero; nothing before it: then no window is open
    std::uint64_t ordinal = 0;        ///< nth request this provider (nth call this tool server) received, from 1
    std::uint64_t tool_ordinal = 0;   ///< tools: nth call of this tool, for faults whose target is that tool alone
    std::string task;                 ///< empty: a stranger's
    int step = 0;
    std::uint64_t nth_try = 0;  ///< nth attempt for this task and step here, from 1
    bool stream = false;
    std::string model;
    const net::http::Headers* headers = nullptr;  ///< of the request; null: it has none
    std::string tool;
    bool first_turn = false;  ///< no tool result yet
    bool after_tool = false;  ///< the last message is a tool result
    bool final_turn = false;  ///< every receipt is there
};

/// Target, window, counts and likeness: everything but `times` and `chance`. Without milestones no fault with `after:`
/// matches.
bool matches(const FaultSpec& fault, const Occasion& occasion, const Milestones* milestones = nullptr);

/// Whether the die of `fault` falls on this occasion: for a request keyed by task, step and nth try. Without a
/// `chance:` it always does. `chance` is the target's. `at`: since the fault's own zero, for a chance that grows; nothing:
/// all of it.
bool die_falls(const net::Chance& chance, const FaultSpec& fault, const Occasion& occasion,
               std::optional<net::Duration> at = std::nullopt);

class Fate {
public:
    Fate(std::vector<FaultSpec> faults, net::Chance chance);

    /// From here on these faults, in this order. What was counted stays with those that stay.
    void replace(std::vector<SharedFault> faults);
    /// What faults with `after:` wait for; outlives this.
    void follow(const Milestones& milestones) { milestones_ = &milestones; }
    bool empty() const { return faults_.empty(); }

    /// One fault whose selectors matched: a die was cast (or none was needed), and it fell or not.
    struct Cast {
        SharedFault fault;
        bool fell = false;
        std::optional<net::Duration> closes;  ///< since clock zero: when its window does; nothing: never
    };

    /// The faults that had an opportunity, in file order; those that fell act together (see faults::Stage). A fault
    /// that could no longer be seen beside one that fell had no opportunity. `applies`: whether a fault could act on
    /// this exchange at all. Counts what fell against `times`.
    std::vector<Cast> decide(const Occasion& occasion, const std::function<bool(const FaultSpec&)>& applies);
    std::vector<Cast> decide(const Occasion& occasion);

    /// The same for the nth connection, from 1: at most one falls.
    std::vector<Cast> decide_connection(std::uint64_t ordinal, std::optional<net::Duration> at);

private:
    enum class Pick { first, every };
    bool is_due(std::size_t index, const Occasion& occasion,
                const std::function<bool(const FaultSpec&)>& applies) const;
    /// Casts for the faults of one stage; with Pick::first up to the first that falls.
    bool cast(faults::Stage stage, Pick pick, const Occasion& occasion,
              const std::function<bool(const FaultSpec&)>& applies, std::vector<Cast>& casts);

    std::vector<SharedFault> faults_;
    std::vector<std::int64_t> injected_;  ///< beside faults_
    net::Chance chance_;
    const Milestones* milestones_ = nullptr;
};

}  // namespace chaos::mock_providers
