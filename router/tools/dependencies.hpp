// The map of everything outside that an agent depends on: where it is, how it fails, and what is done then; as values,
// read from dependencies.yaml.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/reader.hpp"
#include "net/network.hpp"
#include "net/tls/context.hpp"
#include "router/policy.hpp"

namespace chaos::router {

enum class DependencyKind {
    provider,  ///< of a model; the router's `providers:` and `models:` say how it is reached
    tool,      ///< an API with effects, which the router fronts
    other,     ///< anything else an agent needs; the router does not front it
};

enum class Strategy {
    tiered_fallback,      ///< providers: the chain of their model
    exponential_backoff,  ///< tools: the same endpoint again, later and later
    immediate_failover,   ///< tools: the next endpoint at once
    queue_and_retry,      ///< tools: accepted at once, done when it can be
    by_caller,            ///< others: whoever calls it sees to it
};

/// How a dependency is expected to fail.
enum class FailureMode {
    unreachable,
    timeout,
    slow,
    cut,
    rate_limit,
    overloaded,
    server_error,
    quota,
    credential,
    malformed_answer,
    reply_lost,
    duplicate_delivery,
    empty_turn,
    malformed_tool_call,
    context_overflow,
    content_filter,
    model_gone,
};

std::string_view spelling(DependencyKind kind);
std::string_view spelling(Strategy strategy);
std::string_view spelling(FailureMode mode);

/// A word of the language and what it means; for documentation.
struct WordDoc {
    std::string word;
    std::string meaning;
};
std::vector<WordDoc> dependency_kinds();
std::vector<WordDoc> strategies();
std::vector<WordDoc> failure_modes();

struct DependencyEndpoint {
    std::string url;  ///< as it was written
    net::Endpoint endpoint;
    std::string base_path;  ///< without a slash at its end
    net::tls::Context tls;  ///< whom to trust; null: plain HTTP

    /// All else is read from the URL.
    bool operator==(const DependencyEndpoint& other) const { return url == other.url; }
};

struct ToolTimeouts {
    net::Duration connect = std::chrono::seconds(2);
    net::Duration answer = std::chrono::seconds(30);  ///< silence of one attempt, from the request's last byte on
    net::Duration total = std::chrono::seconds(60);   ///< of a call that is not queued, over all attempts

    bool operator==(const ToolTimeouts&) const = default;
};

struct ToolRetry {
    int max_attempts = 4;
    net::Duration backoff = std::chrono::milliseconds(250);  ///< before the first retry; doubles; full jitter
    net::Duration backoff_cap = std::chrono::seconds(30);

    bool operator==(const ToolRetry&) const = default;
};

struct QueuePolicy {
    std::size_t entries = 1000;                           ///< calls that are pending or dead
    std::size_t bytes = 64 * 1024 * 1024;                 ///< of them, and of results that are kept
    net::Duration max_age = std::chrono::hours(24);       ///< then a pending call is dead
    net::Duration keep_results = std::chrono::hours(24);  ///< of calls that are done
    net::Duration keep_dead = std::chrono::hours(24 * 7);
    bool in_order = false;  ///< one after the other, as they were accepted
    int at_once = 4;

    bool operator==(const QueuePolicy&) const = default;
};

struct Dependency {
    std::string name;
    DependencyKind kind = DependencyKind::tool;
    std::vector<DependencyEndpoint> endpoints;
    std::vector<FailureMode> failure_modes;
    Strategy strategy = Strategy::exponential_backoff;

    // What follows is of tools.
    std::string path;           ///< what is asked of the router: the path itself and all below it
    bool honours_keys = false;  ///< at all of its endpoints, a call with the same Idempotency-Key is done once
    std::string api_key;        ///< secret: sent to the tool, never written anywhere
    std::string key_header = "authorization";
    ToolTimeouts timeouts;
    ToolRetry retry;
    QueuePolicy queue;

    bool operator==(const Dependency&) const = default;
};

struct Dependencies {
    std::vector<Dependency> all;  ///< in the order of the file

    bool any_queue() const;
    /// The tool of this name, if it has a queue.
    const Dependency* queued_tool(std::string_view name) const;
    bool operator==(const Dependencies&) const = default;
};

/// The whole file; nothing if there is anything to complain about.
std::optional<Dependencies> read_dependencies(std::string_view text, config::Complaints& complaints,
                                              const KeySources& sources = process_key_sources());

/// The keys of a dependency.
std::vector<SettingDoc> dependency_settings();

}  // namespace chaos::router
