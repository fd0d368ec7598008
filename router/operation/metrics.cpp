// The table of metrics, and their text.
#include "router/operation/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace chaos::router {
namespace {

/// Names come from the configuration, which can change; beyond this many everything new counts as one.
constexpr std::size_t most_series = 2000;
constexpr std::string_view too_many = "overflow=\"true\"";

constexpr std::array token_bounds{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0};
constexpr std::array request_bounds{0.005, 0.01, 0.025, 0.05, 0.1,  0.25,  0.5,  1.0,
                                    2.5,   5.0,  10.0,  30.0, 60.0, 120.0, 300.0};
constexpr std::array added_bounds{0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 1.0};

struct MetricRow {
    std::string_view name;
    std::string_view type;
    std::string_view help;
    std::string_view labels;
    std::span<const double> bounds = {};
};

const std::array<MetricRow, static_cast<std::size_t>(Metric::count)> metric_table{{
    {"chaos_router_requests_total", "counter", "Requests of callers that are over.", "model, caller, code"},
    {"chaos_router_attempts_total", "counter", "Requests to providers that are over, by what came of them.",
     "target, class"},
    {"chaos_router_failovers_total", "counter",
     "Times that another provider took over, by what had come of the one before.", "from, to, class"},
    {"chaos_router_decisions_total", "counter", "Decisions after attempts.", "decision"},
    {"chaos_router_tokens_total", "counter", "Tokens that answers say they cost, also those that were not good enough.",
     "target, direction"},
    {"chaos_router_request_duration_seconds", "histogram", "From the end of a request to the end of its answer.",
     "model", request_bounds},
    {"chaos_router_time_to_first_token_seconds", "histogram",
     "Of streamed requests: to the first byte of the answer's body.", "model", token_bounds},
    {"chaos_router_provider_first_token_seconds", "histogram",
     "Of attempts: to the first content of a streamed answer, or the head of another.", "target", token_bounds},
    {"chaos_router_added_latency_seconds", "histogram",
     "Of requests: neither spent in attempts nor waiting for a provider.", "", added_bounds},
    {"chaos_router_requests_in_flight", "gauge", "Requests of callers under way.", ""},
    {"chaos_router_attempts_in_flight", "gauge", "Requests to providers under way.", "target"},
    {"chaos_router_queue_depth", "gauge",
     "What waits: requests for a provider to come back (providers), and accepted calls of a tool.", "queue"},
    {"chaos_router_dead_letters", "gauge", "Accepted calls of a tool that will not be delivered.", "queue"},
    {"chaos_router_tool_attempts_total", "counter", "Requests to tools that are over.", "tool, code"},
    {"chaos_router_open_connections", "gauge", "Connections of callers.", ""},
    {"chaos_router_breaker_state", "gauge", "1 for the state a provider's breaker is in.", "target, key, state"},
    {"chaos_router_store_failures_total", "counter", "Times that the store did not do what it was asked.", "what"},
    {"chaos_router_log_lines_dropped_total", "counter", "Lines of the access log that nobody took.", ""},
    {"chaos_router_config_reloads_total", "counter", "Times the configuration was read again.", "result"},
    {"chaos_router_config_last_reload_successful", "gauge", "1 if the file as it was read last is in force.", ""},
    {"chaos_router_build_info", "gauge", "1, with the version.", "version"},
}};

void append_label_value(std::string& out, std::string_view value)
{
    for (const char c : value) {
        if (c == '\\' || c == '"') out += '\\';
        if (c == '\n') {
            out += "\\n";
        } else {
            out += c;
        }
    }
}

std::string labels_text(std::initializer_list<Label> labels)
{
    std::string text;
    for (const Label& label : labels) {
        if (!text.empty()) text += ',';
        text.append(label.name).append("=\"");
        append_label_value(text, label.value);
        text += '"';
    }
    return text;
}

std::string braced_labels(std::string_view labels, std::string_view more = {})
{
    if (labels.empty() && more.empty()) return {};
    return fmt::format("{{{}{}{}}}", labels, labels.empty() || more.empty() ? "" : ",", more);
}

}  // namespace

void Series::observe(net::Duration took)
{
    const double seconds = static_cast<double>(took.count()) / 1e9;
    const auto bucket =
        static_cast<std::size_t>(std::lower_bound(bounds_.begin(), bounds_.end(), seconds) - bounds_.begin());
    if (bucket < buckets_.size()) ++buckets_[bucket];
    ++observations_;
    value_ += seconds;
}

Series& Metrics::series(Metric metric, std::initializer_list<Label> labels)
{
    const auto nth = static_cast<std::size_t>(metric);
    const std::string text = labels_text(labels);
    const bool room = families_[nth].size() < most_series || families_[nth].contains(text);
    return series(nth, room ? std::string_view(text) : too_many);
}

Series& Metrics::series(std::size_t family, std::string_view labels)
{
    const auto known = families_[family].find(labels);
    if (known != families_[family].end()) return known->second;
    Series& fresh = families_[family][std::string(labels)];
    fresh.bounds_ = metric_table[family].bounds;
    fresh.buckets_.resize(fresh.bounds_.size());
    return fresh;
}

void Metrics::add(Metric metric, std::initializer_list<Label> labels, double by)
{
    series(metric, labels).add(by);
}

void Metrics::set(Metric metric, std::initializer_list<Label> labels, double value)
{
    series(metric, labels).set(value);
}

void Metrics::observe(Metric metric, std::initializer_list<Label> labels, net::Duration took)
{
    series(metric, labels).observe(took);
}

void Metrics::merge(const Metrics& other)
{
    for (std::size_t i = 0; i < families_.size(); ++i) {
        for (const auto& [labels, theirs] : other.families_[i]) {
            Series& ours = series(i, labels);
            ours.value_ += theirs.value_;
            ours.observations_ += theirs.observations_;
            for (std::size_t b = 0; b < theirs.buckets_.size(); ++b) ours.buckets_[b] += theirs.buckets_[b];
        }
    }
}

std::string Metrics::text() const
{
    std::string out;
    const auto line = std::back_inserter(out);
    for (std::size_t i = 0; i < families_.size(); ++i) {
        if (families_[i].empty()) continue;
        const MetricRow& row = metric_table[i];
        fmt::format_to(line, "# HELP {} {}\n# TYPE {} {}\n", row.name, row.help, row.name, row.type);
        for (const auto& [labels, series] : families_[i]) {
            if (row.bounds.empty()) {
                fmt::format_to(line, "{}{} {}\n", row.name, braced_labels(labels), series.value_);
                continue;
            }
            std::uint64_t so_far = 0;
            for (std::size_t b = 0; b < row.bounds.size(); ++b) {
                so_far += series.buckets_[b];
                fmt::format_to(line, "{}_bucket{} {}\n", row.name,
                               braced_labels(labels, fmt::format("le=\"{}\"", row.bounds[b])), so_far);
            }
            fmt::format_to(line, "{}_bucket{} {}\n", row.name, braced_labels(labels, "le=\"+Inf\""),
                           series.observations_);
            fmt::format_to(line, "{}_sum{} {}\n", row.name, braced_labels(labels), series.value_);
            fmt::format_to(line, "{}_count{} {}\n", row.name, braced_labels(labels), series.observations_);
        }
    }
    return out;
}

std::vector<MetricDoc> metric_docs()
{
    std::vector<MetricDoc> docs;
    for (const MetricRow& row : metric_table) docs.push_back({row.name, row.type, row.help, row.labels});
    return docs;
}

}  // namespace chaos::router
