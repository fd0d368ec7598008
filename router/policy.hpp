// The router's policy: everything its decisions depend on, as values, read from YAML.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/reader.hpp"
#include "net/network.hpp"
#include "net/time.hpp"
#include "net/tls/context.hpp"

namespace chaos::router {

/// A provider as the router knows it.
struct Target {
    std::string name;
    std::string dialect = "openai";
    net::Endpoint endpoint;                      ///< where it listens
    std::string base_path;                       ///< of its base URL; empty: the usual one of its dialect
    std::string model;                           ///< what it calls the model
    std::vector<std::string> api_keys;           ///< secrets, in the order in which they are used; none: no credential
    std::optional<std::int64_t> context_window;  ///< tokens
    std::vector<std::string> lacks;              ///< capabilities that its API has and its model has not
    net::tls::Context tls;                       ///< whom to trust; null: plain HTTP
    std::vector<std::string> has{};              ///< capabilities that only some models of its API have, and its has
};

struct Timeouts {
    net::Duration connect = std::chrono::seconds(2);
    net::Duration first_token =
        std::chrono::seconds(15);  ///< from the request's last byte to the first content; not streamed: to the head
    net::Duration idle = std::chrono::seconds(15);    ///< between content bytes; comments do not feed it
    net::Duration total = std::chrono::seconds(120);  ///< one deadline for the whole caller request, all attempts
};

struct RetryPolicy {
    int max_attempts = 6;                                    ///< of one caller request, over all providers
    int same_provider = 1;                                   ///< retries on one provider for transient failures
    net::Duration backoff = std::chrono::milliseconds(250);  ///< first backoff; doubles; full jitter
    net::Duration backoff_cap = std::chrono::seconds(4);
    net::Duration
        wait_if_under{};  ///< a 429 whose Retry-After is shorter waits instead of moving on; 0: always move on
    std::uint32_t budget = 200'000;  ///< retries at a provider, in parts per million of its recent requests
    int budget_minimum = 10;         ///< retries in ten seconds that are always allowed
};

struct BreakerPolicy {
    int failures = 5;                                  ///< consecutive failures that open it
    net::Duration window = std::chrono::seconds(30);   ///< or, of the requests in this while,
    std::uint32_t window_share = 500'000;              ///< so many failed (parts per million),
    int window_minimum = 20;                           ///< if there were at least so many
    net::Duration open_for = std::chrono::seconds(5);  ///< doubles at each failed probe
    net::Duration open_cap = std::chrono::seconds(60);
    net::Duration probe_lease = std::chrono::seconds(20);  ///< a probe that never settles gives its lease back
    net::Duration account_rest =
        std::chrono::seconds(60);  ///< after a refused key, an exhausted account or a missing model
};

/// In which order the providers of a tier are asked.
enum class ChainStrategy { priority, weighted, least_latency };

/// A provider in the chain behind a model's name.
struct ChainMember {
    std::string provider;
    int weight = 1;  ///< odds, under `weighted`
    int tier = 1;    ///< lower ones are asked first, under every strategy
    bool operator==(const ChainMember&) const = default;
};

struct Alias {
    std::vector<ChainMember> chain;
    ChainStrategy strategy = ChainStrategy::priority;
};

/// These providers, in this order.
Alias plain_chain(const std::vector<std::string>& providers);

/// When a session that failed over may go back to the first of its chain.
enum class ReturnRule { when_healthy, next_task, never };

struct SessionPolicy {
    std::string header;  ///< names the session; empty: the system prompt and the first user turn do
    ReturnRule back = ReturnRule::when_healthy;
    net::Duration expires = std::chrono::hours(1);  ///< after the session's last request
    int limit = 10'000;                             ///< sessions remembered at most
};

/// Health probes: cheap requests of the router's own.
struct ProbePolicy {
    enum class When { resting, always };
    enum class How { models, completion };
    net::Duration every{};      ///< 0: none
    When when = When::resting;  ///< only what is open or resting, or everything
    How how = How::models;      ///< GET /models, or a completion of one token
    net::Duration timeout = std::chrono::seconds(5);
};

/// How the status pages of providers are polled.
struct StatusPolicy {
    net::Duration every = std::chrono::seconds(30);  ///< 0: they are not
    net::Duration timeout = std::chrono::seconds(5);
    net::Duration good_for = std::chrono::minutes(2);  ///< an older report counts for nothing
};

/// A second attempt at another provider beside one that is silent.
struct HedgePolicy {
    net::Duration after{};  ///< of silence; 0: never
};

/// What holds at one provider instead of the general settings, or beside them.
struct ProviderPolicy {
    std::optional<net::Duration> connect, first_token, idle;
    std::optional<std::int64_t> context_window;  ///< tokens, with the answer
    std::optional<std::int64_t> max_output;      ///< tokens
    std::string parameters;                      ///< members for the body, as a JSON object; empty: none
    std::string status_page;                     ///< URL of a Statuspage; empty: none
    std::string status_component;                ///< what it is called there; empty: the page as a whole counts
};

struct Policy {
    std::map<std::string, Alias> models;
    std::map<std::string, ProviderPolicy> providers;  ///< by name; who is not in it has nothing of its own
    Timeouts timeouts;
    RetryPolicy retry;
    BreakerPolicy breaker;
    SessionPolicy session;
    ProbePolicy probe;
    StatusPolicy status_pages;
    HedgePolicy hedge;
    bool repair_empty_turn = true;            ///< one nudge on the same provider
    bool count_usage = false;                 ///< streams say what they used, also where the caller does not ask
    bool hold_turns = false;                  ///< a stream is held until its turn is complete; else only its calls are
    bool continue_text = false;               ///< a text that broke off is continued by another provider
    std::vector<std::string> terminal_tools;  ///< an empty turn after one of these is legal
};

/// Reads what stands in the entry of one provider; marks its keys as known and leaves the rest to the reader's owner.
ProviderPolicy read_provider_policy(config::MapReader& reader);

/// Reads `router:` of a scenario or of a router configuration. `targets`: the provider names chains may use;
/// `elsewhere`: what holds at single ones and does not stand here. A missing `models:` is complained about.
Policy read_policy(const config::Node& node, config::Complaints& complaints, const std::vector<std::string>& targets,
                   const std::map<std::string, ProviderPolicy>& elsewhere = {});

/// Where keys come from; nothing if there is no such variable or file.
struct KeySources {
    std::function<std::optional<std::string>(const std::string& name)> environment;
    std::function<std::optional<std::string>(const std::string& path)> file;
};
/// This process's environment and files.
KeySources process_key_sources();

/// One key of the configuration: for the documentation, and for the reader itself.
struct SettingDoc {
    std::string key;  ///< with its section: "timeouts.connect"
    std::string meaning;
    std::string fallback;  ///< as one would write it; "required", or "none"
};
/// The keys of `router:`; and those of a provider that scenarios have under `router.providers`.
std::vector<SettingDoc> policy_settings();
std::vector<SettingDoc> provider_policy_settings();

}  // namespace chaos::router
