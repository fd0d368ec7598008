// Counters and histograms of one event loop, and their text as Prometheus reads it. Several are added up before that.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/time.hpp"

namespace chaos::router {

enum class Metric {
    requests,
    attempts,
    failovers,
    decisions,
    tokens,
    request_duration,
    first_token,
    provider_first_token,
    added_latency,
    requests_in_flight,
    attempts_in_flight,
    queue_depth,
    dead_letters,
    tool_attempts,
    open_connections,
    breaker_state,
    store_failures,
    log_lines_dropped,
    reloads,
    last_reload_successful,
    build_info,
    count,  ///< how many there are
};

struct Label {
    std::string_view name;
    std::string_view value;
};

/// What one set of labels of a family has come to.
class Series {
public:
    void add(double by = 1) { value_ += by; }
    void set(double value) { value_ = value; }
    void observe(net::Duration took);

private:
    friend class Metrics;
    double value_ = 0;  ///< of a histogram: the sum
    std::uint64_t observations_ = 0;
    std::span<const double> bounds_;      ///< of a histogram's buckets
    std::vector<std::uint64_t> buckets_;  ///< not cumulated
};

/// No locks: each loop has its own, and gives copies away.
class Metrics {
public:
    /// The series of these labels; stays where it is as long as the metrics. Whoever counts the same again and again
    /// keeps it, and writes the labels once.
    Series& series(Metric metric, std::initializer_list<Label> labels);

    void add(Metric metric, std::initializer_list<Label> labels, double by = 1);
    void set(Metric metric, std::initializer_list<Label> labels, double value);
    void observe(Metric metric, std::initializer_list<Label> labels, net::Duration took);

    /// What another loop counted, on top.
    void merge(const Metrics& other);

    /// Text format 0.0.4, with HELP and TYPE; families without a series are left out.
    std::string text() const;

private:
    using Family = std::map<std::string, Series, std::less<>>;  ///< by labels as they are written

    Series& series(std::size_t family, std::string_view labels);
    std::array<Family, static_cast<std::size_t>(Metric::count)> families_;
};

/// One family: for the documentation.
struct MetricDoc {
    std::string_view name;
    std::string_view type;
    std::string_view help;
    std::string_view labels;
};
std::vector<MetricDoc> metric_docs();

}  // namespace chaos::router
