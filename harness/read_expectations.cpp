#include "harness/read_expectations.hpp"

#include "config/reader.hpp"

namespace chaos::harness {
namespace {

struct QuantileName {
    std::string_view name;
    Quantile quantile;
};
constexpr QuantileName quantile_names[] = {
    {"p50", Quantile::p50}, {"p90", Quantile::p90}, {"p95", Quantile::p95}, {"p99", Quantile::p99}, {"max", Quantile::max}};

class Reader {
public:
    Reader(const config::Node& node, config::Complaints& complaints) : map_(node, complaints, "expect") {}

    Expectations read()
    {
        Expectations expect;
        if (const auto rate = map_.rate("answered")) expect.answered = {*rate, source("answered")};
        expect.latency = quantiles("latency");
        expect.failover = quantiles("failover");
        read_attempts(expect);
        expect.retry_after_obeyed = word("retry_after", "obeyed");
        expect.side_effects_at_most_once = word("side_effects", "at_most_once");
        expect.context_survives = word("context", "survives");
        expect.stream_unmixed = word("stream", "unmixed");
        expect.errors_honest = word("errors", "honest");
        map_.finish();
        return expect;
    }

private:
    history::SourceLine source(std::string_view key) { return {map_.complaints().file(), map_.at(key).line}; }

    std::optional<history::SourceLine> word(std::string_view key, const std::string& only)
    {
        if (!map_.choice(key, {only})) return std::nullopt;
        return source(key);
    }

    QuantileLimits quantiles(std::string_view key)
    {
        QuantileLimits limits;
        const auto node = map_.take(key);
        if (!node) return limits;
        config::MapReader inner(*node, map_.complaints(), "expect." + std::string(key));
        for (const auto& [name, quantile] : quantile_names) {
            const auto limit = inner.duration(name);
            if (limit) limits[quantile] = {*limit, {map_.complaints().file(), inner.at(name).line}};
        }
        if (inner.valid() && node->entries().empty()) {
            map_.complaints().add(node->at(), "expect." + std::string(key) + ": expected at least one limit, such as p99: 4s");
        }
        inner.finish();
        return limits;
    }

    void read_attempts(Expectations& expect)
    {
        const auto node = map_.take("attempts");
        if (!node) return;
        config::MapReader inner(*node, map_.complaints(), "expect.attempts");
        const auto limit = inner.integer("per_turn", 1, 1000);
        if (limit) expect.attempts_per_turn = {*limit, {map_.complaints().file(), inner.at("per_turn").line}};
        inner.finish();
    }

    config::MapReader map_;
};

}  // namespace

bool Expectations::empty() const
{
    return !answered && latency.empty() && failover.empty() && !attempts_per_turn && !retry_after_obeyed && !side_effects_at_most_once &&
           !context_survives && !stream_unmixed && !errors_honest;
}

Expectations read_expectations(const config::Node& node, config::Complaints& complaints)
{
    return Reader(node, complaints).read();
}

}  // namespace chaos::harness
