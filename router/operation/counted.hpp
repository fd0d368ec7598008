// What one event loop counts of requests and attempts: each series is looked up by its labels once, and then at hand.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "router/observer.hpp"
#include "router/operation/metrics.hpp"

namespace chaos::router {

/// From records to numbers. A series comes to be with what it first counts, as if it were looked up each time.
class Counted {
public:
    Counted() = default;
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

    void request_began() { at_hand(requests_in_flight_, Metric::requests_in_flight, {}).add(); }
    void request_ended(const RequestRecord& request);
    void attempt_began(std::string_view target);
    void attempt_ended(const AttemptRecord& attempt);

    Metrics& metrics() { return metrics_; }
    const Metrics& metrics() const { return metrics_; }

private:
    /// Null until it has counted something.
    using AtHand = Series*;
    template <class Value>
    struct ByName {
        struct Hash {
            using is_transparent = void;
            std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>()(name); }
        };
        /// What is held for a name; until the next call.
        Value& of(std::string_view name);
        std::unordered_map<std::string, Value, Hash, std::equal_to<>> values;
        std::pair<const std::string, Value>* last = nullptr;  ///< the one asked for before: mostly it is the same
    };
    struct OfTarget {
        AtHand in_flight = nullptr;
        AtHand first_token = nullptr;
        AtHand tokens_in = nullptr;
        AtHand tokens_out = nullptr;
        std::array<AtHand, outcome_classes> attempts{};
    };
    struct OfModel {
        AtHand duration = nullptr;
        AtHand first_token = nullptr;
        ByName<std::map<int, AtHand>> requests;  ///< by caller, then by status
    };

    Series& at_hand(AtHand& series, Metric metric, std::initializer_list<Label> labels)
    {
        if (series == nullptr) series = &metrics_.series(metric, labels);
        return *series;
    }

    Metrics metrics_;
    AtHand requests_in_flight_ = nullptr;
    AtHand added_latency_ = nullptr;
    std::array<AtHand, decision_kinds> decisions_{};
    ByName<OfTarget> targets_;
    ByName<OfModel> models_;
};

}  // namespace chaos::router
