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
    std::string base_path = "/v1";               ///< of its base URL
    std::string model;                           ///< what it calls the model
    std::vector<std::string> api_keys;           ///< secrets, in the order in which they are used; none: no credential
    std::optional<std::int64_t> context_window;  ///< tokens
    net::tls::Context tls;                       ///< whom to trust; null: plain HTTP
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

struct Policy {
    std::map<std::string, std::vector<std::string>> models;  ///< alias -> chain of target names
    Timeouts timeouts;
    RetryPolicy retry;
    BreakerPolicy breaker;
    bool repair_empty_turn = true;            ///< one nudge on the same provider
    std::vector<std::string> terminal_tools;  ///< an empty turn after one of these is legal
};

/// Reads `router:` of a scenario or of a router configuration. `targets`: the provider names chains may use. A missing
/// `models:` is complained about.
Policy read_policy(const config::Node& node, config::Complaints& complaints, const std::vector<std::string>& targets);

/// A router configuration file: `listen:`, `providers:` (base_url, model, api_key_env or api_key_file), `router:`.
struct Configuration {
    net::Endpoint listen;
    std::vector<Target> targets;
    Policy policy;
};

/// Where keys come from; nothing if there is no such variable or file.
struct KeySources {
    std::function<std::optional<std::string>(const std::string& name)> environment;
    std::function<std::optional<std::string>(const std::string& path)> file;
};
/// This process's environment and files.
KeySources process_key_sources();

std::optional<Configuration> read_configuration(std::string_view text, config::Complaints& complaints,
                                                const KeySources& sources = process_key_sources());

/// One key of the configuration: for the documentation, and for the reader itself.
struct SettingDoc {
    std::string key;  ///< with its section: "timeouts.connect"
    std::string meaning;
    std::string fallback;  ///< as one would write it; "required", or "none"
};
/// The keys of `router:`; those of a provider; those at the top of a configuration file.
std::vector<SettingDoc> policy_settings();
std::vector<SettingDoc> provider_settings();
std::vector<SettingDoc> configuration_settings();

}  // namespace chaos::router
