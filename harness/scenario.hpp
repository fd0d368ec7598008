// A scenario: what a YAML file says, as one plain value.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/document.hpp"
#include "history/verdict.hpp"
#include "mock_providers/spec.hpp"
#include "mock_providers/status_page_spec.hpp"
#include "net/time.hpp"
#include "router/policy.hpp"

namespace chaos::harness {

/// The agents: so many tasks, each of several tool steps and a final answer.
struct AgentsSpec {
    int tasks = 20;
    int at_once = 4;
    int steps = 4;
    bool stream = true;
    int retry_turn = 0;  ///< how often a turn that ended in an error is tried again; its calls were never executed
    int turn_cap = 0;    ///< turns a task may take; 0: twice what it needs, plus retries
    std::string model = "agent";
    std::string dialect = "openai";                              ///< of the API through which they ask the subject
    net::Duration deadline = std::chrono::seconds(30);           ///< of one caller request
    net::Duration retry_after = std::chrono::milliseconds(200);  ///< pause before a turn is tried again
    net::Duration think = std::chrono::milliseconds(600);        ///< the agent's own work between turns
};

/// Every expectation is optional; each carries the line it stands on.
template <class T>
struct Expected {
    T value;
    history::SourceLine source;
};
enum class Quantile { p50, p90, p95, p99, max };
using QuantileLimits = std::map<Quantile, Expected<net::Duration>>;

struct Expectations {
    std::optional<Expected<std::uint32_t>> answered;          ///< lower bound, parts per million of the tasks
    QuantileLimits latency;                                   ///< upper bounds, of caller turns, nearest rank
    QuantileLimits failover;                                  ///< upper bounds, of failovers
    std::optional<Expected<std::int64_t>> attempts_per_turn;  ///< upper bound, attempts of one caller request
    std::optional<history::SourceLine> retry_after_obeyed;
    std::optional<history::SourceLine> side_effects_at_most_once;
    std::optional<history::SourceLine> context_survives;
    std::optional<history::SourceLine> stream_unmixed;
    std::optional<history::SourceLine> errors_honest;
    bool empty() const;
};

struct Scenario {
    std::string file;  ///< as the user named it
    std::string text;  ///< the file, unchanged
    std::string name;
    std::string sentence;  ///< the first comment line: what it proves
    std::vector<mock_providers::ProviderSpec> providers;
    std::vector<mock_providers::ToolSpec> tools;
    mock_providers::ToolServerSpec tool_server;
    router::Policy router;
    AgentsSpec agents;
    std::vector<mock_providers::FaultSpec> faults;
    std::optional<mock_providers::StatusPageSpec> status_page;
    Expectations expect;
};

/// Served mocks have no run that ends: they need no expectations, and a window may open at any time.
enum class Purpose { run, serve };

/// The scenario, or everything that is wrong with it.
std::optional<Scenario> read_scenario(const std::string& file, const std::string& text, config::Complaints& complaints,
                                      Purpose purpose = Purpose::run);

}  // namespace chaos::harness
