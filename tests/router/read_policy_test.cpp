// Policies and configurations: what is read, what is complained about, and that the table of settings is the truth.
#include <gtest/gtest.h>

#include <map>

#include "router/configuration.hpp"

namespace chaos::router {
namespace {

using namespace std::chrono_literals;

std::string all(const config::Complaints& complaints)
{
    std::string text;
    for (const config::Complaint& complaint : complaints.sorted()) text += to_string(complaint) + "\n";
    return text;
}

struct Read {
    Policy policy;
    std::string complaints;
};

Read read(std::string_view text, const std::vector<std::string>& targets = {"primary", "backup"})
{
    config::Complaints complaints("router.yaml");
    Read result;
    if (const auto node = config::parse(text, complaints)) result.policy = read_policy(*node, complaints, targets);
    result.complaints = all(complaints);
    return result;
}

TEST(ReadPolicy, everything_that_can_be_said)
{
    const Read result = read(R"(
models: {agent: [primary, backup], small: backup}
timeouts: {connect: 500ms, first_token: 1s, idle: 2s, total: 20s}
retry: {max_attempts: 4, same_provider: 0, backoff: 10ms, backoff_cap: 1s, wait_if_under: 3s, budget: 5%, budget_minimum: 3}
breaker: {failures: 2, window: 10s, window_share: 25%, window_minimum: 8, open_for: 1s, open_cap: 8s, probe_lease: 4s, account_rest: 5m}
repair_empty_turn: false
terminal_tools: [finish, hang_up]
)");
    EXPECT_EQ(result.complaints, "");
    const Policy& policy = result.policy;
    EXPECT_EQ(policy.models.at("agent").chain, plain_chain({"primary", "backup"}).chain);
    EXPECT_EQ(policy.models.at("small").chain, plain_chain({"backup"}).chain);
    EXPECT_EQ(policy.timeouts.connect, 500ms);
    EXPECT_EQ(policy.timeouts.first_token, 1s);
    EXPECT_EQ(policy.timeouts.idle, 2s);
    EXPECT_EQ(policy.timeouts.total, 20s);
    EXPECT_EQ(policy.retry.max_attempts, 4);
    EXPECT_EQ(policy.retry.same_provider, 0);
    EXPECT_EQ(policy.retry.backoff, 10ms);
    EXPECT_EQ(policy.retry.backoff_cap, 1s);
    EXPECT_EQ(policy.retry.wait_if_under, 3s);
    EXPECT_EQ(policy.retry.budget, 50'000U);
    EXPECT_EQ(policy.retry.budget_minimum, 3);
    EXPECT_EQ(policy.breaker.failures, 2);
    EXPECT_EQ(policy.breaker.window, 10s);
    EXPECT_EQ(policy.breaker.window_share, 250'000U);
    EXPECT_EQ(policy.breaker.window_minimum, 8);
    EXPECT_EQ(policy.breaker.open_for, 1s);
    EXPECT_EQ(policy.breaker.open_cap, 8s);
    EXPECT_EQ(policy.breaker.probe_lease, 4s);
    EXPECT_EQ(policy.breaker.account_rest, 5min);
    EXPECT_FALSE(policy.repair_empty_turn);
    EXPECT_EQ(policy.terminal_tools, (std::vector<std::string>{"finish", "hang_up"}));
}

TEST(ReadPolicy, chains_in_full_and_what_holds_at_one_provider)
{
    const Read result = read(R"(
models:
  agent: {strategy: weighted, chain: [{provider: primary, weight: 3}, {provider: backup, tier: 2}]}
  quick: {strategy: least_latency, chain: [primary, backup]}
providers:
  primary:
    timeouts: {connect: 1s, first_token: 2s, idle: 3s}
    context_window: 8192
    max_output: 1024
    parameters: {temperature: 0.2, seed: "7", stop: [a, b], extra: {deep: true, none: null, word: x}}
    status_page: https://status.example.com
    status_component: API
session: {header: x-session-id, return: next_task, expires: 10m, limit: 5}
hedge: {after: 800ms}
probe: {every: 30s, when: always, how: completion, timeout: 1s}
status_pages: {every: 1m, timeout: 2s, good_for: 3m}
)");
    EXPECT_EQ(result.complaints, "");
    const Policy& policy = result.policy;
    EXPECT_EQ(policy.models.at("agent").strategy, ChainStrategy::weighted);
    EXPECT_EQ(policy.models.at("agent").chain, (std::vector<ChainMember>{{"primary", 3, 1}, {"backup", 1, 2}}));
    EXPECT_EQ(policy.models.at("quick").strategy, ChainStrategy::least_latency);
    const ProviderPolicy& own = policy.providers.at("primary");
    EXPECT_EQ(own.connect, net::Duration(1s));
    EXPECT_EQ(own.first_token, net::Duration(2s));
    EXPECT_EQ(own.idle, net::Duration(3s));
    EXPECT_EQ(own.context_window, 8192);
    EXPECT_EQ(own.max_output, 1024);
    EXPECT_EQ(own.parameters,
              R"({"temperature":0.2,"seed":"7","stop":["a","b"],"extra":{"deep":true,"none":null,"word":"x"}})");
    EXPECT_EQ(own.status_page, "https://status.example.com");
    EXPECT_EQ(own.status_component, "API");
    EXPECT_EQ(policy.session.header, "x-session-id");
    EXPECT_EQ(policy.session.back, ReturnRule::next_task);
    EXPECT_EQ(policy.session.expires, 10min);
    EXPECT_EQ(policy.session.limit, 5);
    EXPECT_EQ(policy.hedge.after, 800ms);
    EXPECT_EQ(policy.probe.every, 30s);
    EXPECT_EQ(policy.probe.when, ProbePolicy::When::always);
    EXPECT_EQ(policy.probe.how, ProbePolicy::How::completion);
    EXPECT_EQ(policy.probe.timeout, 1s);
    EXPECT_EQ(policy.status_pages.every, 1min);
    EXPECT_EQ(policy.status_pages.timeout, 2s);
    EXPECT_EQ(policy.status_pages.good_for, 3min);
}

TEST(ReadPolicy, what_is_left_out_keeps_its_default)
{
    const Read result = read("models: {agent: [primary]}");
    EXPECT_EQ(result.complaints, "");
    EXPECT_EQ(result.policy.timeouts.total, Timeouts{}.total);
    EXPECT_EQ(result.policy.retry.max_attempts, RetryPolicy{}.max_attempts);
}

TEST(ReadPolicy, a_default_gives_way_to_what_is_written)
{
    const Read result = read("models: {agent: primary}\ntimeouts: {total: 1s}\nbreaker: {open_cap: 2s}");
    EXPECT_EQ(result.complaints, "");
    EXPECT_EQ(result.policy.timeouts.first_token, 1s);
    EXPECT_EQ(result.policy.timeouts.connect, 1s);
    EXPECT_EQ(result.policy.timeouts.idle, 1s);
    EXPECT_EQ(result.policy.breaker.open_for, 2s);
}

struct Wrong {
    const char* text;
    const char* complaint;
};

TEST(ReadPolicy, complaints_say_where_and_what_else)
{
    const std::vector<Wrong> rows{
        {"timeouts: {}", "router.yaml:1:1: router: 'models' is missing"},
        {"models: {}", "at least one model"},
        {"models: {agent: []}", "router.yaml:1:17: model 'agent': the list of providers is empty"},
        {"models: {agent: [primry]}",
         "router.yaml:1:18: model 'agent': there is no provider 'primry' (did you mean 'primary'?)"},
        {"models: {agent: [primary, primary]}", "listed twice"},
        {"models: {agent: {a: b}}", "router.yaml:1:17: model 'agent': 'chain' is missing"},
        {"models: {agent: {chain: {a: b}}}", "expected a list of providers"},
        {"models: {agent: {chain: primary, strategy: weigthed}}", "did you mean 'weighted'?"},
        {"models: {agent: {chain: [{provider: primary, wieght: 2}]}}", "did you mean 'weight'?"},
        {"models: {agent: {chain: [{provider: primry}]}}", "did you mean 'primary'?"},
        {"models: {agent: {chain: [{weight: 2}]}}", "'provider' is missing"},
        {"models: {agent: {strategy: weighted, chain: [{provider: primary, weight: 0}]}}", "every weight is 0"},
        {"models: {agent: primary}\nproviders: {primry: {}}",
         "router.yaml:2:13: router.providers: there is no provider "
         "'primry' (did you mean 'primary'?)"},
        {"models: {agent: primary}\nproviders: {primary: {max_ouput: 3}}", "did you mean 'max_output'?"},
        {"models: {agent: primary}\nproviders: {primary: {timeouts: {total: 3s}}}", "unknown key 'total'"},
        {"models: {agent: primary}\nproviders: {primary: {timeouts: {idle: 0s}}}", "idle: must be longer than nothing"},
        {"models: {agent: primary}\nproviders: {primary: {parameters: {model: x}}}",
         "router.yaml:2:36: parameters.model: the router writes this itself"},
        {"models: {agent: primary}\nproviders: {primary: {parameters: 3}}", "parameters: expected a map"},
        {"models: {agent: primary}\nproviders: {primary: {status_page: nowhere}}",
         "status_page: 'nowhere' is not a URL"},
        {"models: {agent: primary}\nproviders: {primary: {status_component: API}}", "there is no status_page"},
        {"models: {agent: primary}\nsession: {return: next_taks}", "did you mean 'next_task'?"},
        {"models: {agent: primary}\ntimeout: {}",
         "router.yaml:2:1: router: unknown key 'timeout' (did you mean 'timeouts'?)"},
        {"models: {agent: primary}\ntimeouts: {conect: 1s}", "unknown key 'conect' (did you mean 'connect'?)"},
        {"models: {agent: primary}\ntimeouts: {connect: 500}", "expected a duration with a unit"},
        {"models: {agent: primary}\ntimeouts: {connect: 0s}", "connect: must be longer than nothing"},
        {"models: {agent: primary}\ntimeouts: {first_token: 30s, total: 20s}",
         "router.yaml:2:25: timeouts.first_token (30s) is longer than timeouts.total (20s)"},
        {"models: {agent: primary}\nretry: {backoff: 5s}", "retry.backoff (5s) is longer than retry.backoff_cap (4s)"},
        {"models: {agent: primary}\nretry: {max_attempts: 0}", "from 1 to 100"},
        {"models: {agent: primary}\nbreaker: {open_for: 2m}",
         "breaker.open_for (2m) is longer than breaker.open_cap (1m)"},
        {"models: {agent: primary}\nhedge: {after: 3s}\ntimeouts: {first_token: 2s}",
         "router.yaml:2:16: hedge.after (3s) is not shorter than timeouts.first_token (2s)"},
        {"models: {agent: primary}\nhedge: {after: 2s}\ntimeouts: {first_token: 2s}", "hedge.after (2s) is not shorter"},
        {"models: {agent: primary}\nhedge: {after: 1h}", "hedge.after (1h) is not shorter than timeouts.first_token ("},
        {"models: {agent: primary}\nhedge: {after: 2s}\ntimeouts: {total: 1s}", "timeouts.first_token (1s)"},
        {"models: {agent: primary}\nhedge: {after: 3s}\n"
         "providers: {primary: {timeouts: {first_token: 1s}}, backup: {timeouts: {first_token: 3s}}}",
         "hedge.after (3s) is not shorter than timeouts.first_token (3s)"},
        {"models: {agent: primary}\nrepair_empty_turn: yes", "did you mean 'true'?"},
        {"models: {agent: primary}\nretry: 3", "retry: expected a map"},
    };
    for (const Wrong& row : rows) {
        EXPECT_NE(read(row.text).complaints.find(row.complaint), std::string::npos) << row.text << "\n"
                                                                                    << read(row.text).complaints;
    }
}

TEST(ReadPolicy, a_hedge_is_in_time_if_it_is_at_one_provider)
{
    for (const char* text : {
             "hedge: {after: 1s}\ntimeouts: {first_token: 1001ms}",
             "hedge: {after: 0s}\ntimeouts: {first_token: 1ms}",
             "hedge: {after: 3s}\ntimeouts: {first_token: 2s}\nproviders: {backup: {timeouts: {first_token: 4s}}}",
             "hedge: {after: 3s}\ntimeouts: {first_token: 4s}\nproviders: {primary: {timeouts: {first_token: 1s}}}",
         }) {
        EXPECT_EQ(read(std::string("models: {agent: [primary, backup]}\n") + text).complaints, "") << text;
    }
}

/// "timeouts.connect" with a value, as YAML.
std::string only(const std::string& key, const std::string& value)
{
    const auto dot = key.find('.');
    if (dot == std::string::npos) return key + ": " + value;
    return key.substr(0, dot) + ": {" + key.substr(dot + 1) + ": " + value + "}";
}

TEST(ReadPolicy, the_table_of_settings_and_the_reader_agree)
{
    for (const SettingDoc& setting : policy_settings()) {
        EXPECT_FALSE(setting.meaning.empty()) << setting.key;
        if (setting.key == "models" || setting.key == "providers") continue;
        const std::string example = setting.key == "session.header" ? "x" : "[x]";
        const std::string value = setting.fallback == "none" ? example : setting.fallback;
        const Read as_default = read("models: {agent: primary}\n" + only(setting.key, value));
        EXPECT_EQ(as_default.complaints, "") << setting.key << " with its own default";
        const Read nonsense = read("models: {agent: primary}\n" + only(setting.key, "{a: b}"));
        EXPECT_NE(nonsense.complaints, "") << setting.key << " is not read at all";
    }
}

TEST(ReadPolicy, defaults_in_the_table_are_those_of_the_policy)
{
    std::map<std::string, std::string> defaults;
    for (const SettingDoc& setting : policy_settings()) defaults[setting.key] = setting.fallback;
    EXPECT_EQ(defaults.at("timeouts.connect"), "2s");
    EXPECT_EQ(defaults.at("timeouts.total"), net::to_string(Timeouts{}.total));
    EXPECT_EQ(defaults.at("retry.max_attempts"), "6");
    EXPECT_EQ(defaults.at("retry.wait_if_under"), "0s");
    EXPECT_EQ(defaults.at("breaker.failures"), "5");
    EXPECT_EQ(defaults.at("repair_empty_turn"), "true");
    EXPECT_EQ(defaults.at("terminal_tools"), "none");
}

KeySources sources()
{
    KeySources result;
    result.environment = [](const std::string& name) -> std::optional<std::string> {
        if (name == "PRIMARY_KEY") return "sk-primary";
        if (name == "BAD_KEY") return "sk-two\nlines";
        return std::nullopt;
    };
    result.file = [](const std::string& path) -> std::optional<std::string> {
        if (path == "/run/secrets/backup") return "sk-backup\n";
        return std::nullopt;
    };
    return result;
}

const std::string good_policy = R"(
listen: 127.0.0.1:8080
providers:
  primary: {base_url: "http://10.0.0.1:9000/openai/v1", model: gpt-x, api_key_env: PRIMARY_KEY, context_window: 128000}
  backup:  {dialect: openai, base_url: "http://localhost:11434", model: llama, api_key_file: /run/secrets/backup}
router:
  models: {agent: [primary, backup]}
)";

TEST(ReadConfiguration, a_whole_file)
{
    config::Complaints complaints("router.yaml");
    const auto configuration = read_configuration(good_policy, complaints, sources());
    ASSERT_TRUE(configuration) << all(complaints);
    EXPECT_EQ(net::to_string(configuration->listen), "127.0.0.1:8080");
    ASSERT_EQ(configuration->targets.size(), 2U);
    const Target& primary = configuration->targets[0];
    EXPECT_EQ(primary.name, "primary");
    EXPECT_EQ(net::to_string(primary.endpoint), "10.0.0.1:9000");
    EXPECT_EQ(primary.base_path, "/openai/v1");
    EXPECT_EQ(primary.model, "gpt-x");
    EXPECT_EQ(primary.api_keys, (std::vector<std::string>{"sk-primary"}));
    EXPECT_EQ(configuration->policy.providers.at("primary").context_window, 128000);
    const Target& backup = configuration->targets[1];
    EXPECT_EQ(backup.base_path, "");
    EXPECT_EQ(backup.api_keys, (std::vector<std::string>{"sk-backup"}));
    EXPECT_FALSE(configuration->policy.providers.at("backup").context_window);
    EXPECT_EQ(configuration->policy.models.at("agent").chain.size(), 2U);
}

TEST(ReadConfiguration, several_keys_of_several_sources)
{
    config::Complaints complaints("router.yaml");
    std::string text = good_policy;
    const std::string one = "api_key_env: PRIMARY_KEY";
    text.replace(text.find(one), one.size(), "api_keys_env: [PRIMARY_KEY], api_keys_file: [/run/secrets/backup]");
    const auto configuration = read_configuration(text, complaints, sources());
    ASSERT_TRUE(configuration) << all(complaints);
    EXPECT_EQ(configuration->targets[0].api_keys, (std::vector<std::string>{"sk-primary", "sk-backup"}));
}

std::string replaced(const std::string& what, const std::string& with)
{
    std::string text = good_policy;
    text.replace(text.find(what), what.size(), with);
    return text;
}

TEST(ReadConfiguration, a_hedge_is_held_against_what_holds_at_each_provider)
{
    std::string text = replaced("router:", "router:\n  timeouts: {first_token: 5s}\n  hedge: {after: 5s}");
    text.replace(text.find("model: llama"), 12, "model: llama, timeouts: {first_token: 6s}");
    config::Complaints complaints("router.yaml");
    EXPECT_TRUE(read_configuration(text, complaints, sources())) << all(complaints);
}

TEST(ReadConfiguration, a_provider_behind_https)
{
    config::Complaints complaints("router.yaml");
    const auto configuration =
        read_configuration(replaced("http://10.0.0.1:9000/openai", "https://api.example"), complaints, sources());
    ASSERT_TRUE(configuration) << all(complaints);
    EXPECT_EQ(net::to_string(configuration->targets[0].endpoint), "api.example:443");
    EXPECT_TRUE(configuration->targets[0].tls);
    EXPECT_FALSE(configuration->targets[1].tls) << "plain HTTP";
}

TEST(ReadConfiguration, complaints)
{
    const std::vector<std::pair<std::string, std::string>> rows{
        {replaced("127.0.0.1:8080", "127.0.0.1"), "router.yaml:2:9: listen: expected an address with a port"},
        {replaced("127.0.0.1:8080", "127.0.0.1:99999"), "listen: expected an address with a port"},
        {replaced("listen: 127.0.0.1:8080", ""), "'listen' is missing"},
        {replaced("http://10.0.0.1:9000/openai/v1", "10.0.0.1:9000"),
         "router.yaml:4:23: base_url: '10.0.0.1:9000' is not a URL"},
        {replaced("http://10.0.0.1:9000", "http://user:hunter2@10.0.0.1"), "must not contain a user name"},
        {replaced("PRIMARY_KEY", "PRIMRY_KEY"), "api_key_env: there is no environment variable 'PRIMRY_KEY'"},
        {replaced("PRIMARY_KEY", "BAD_KEY"), "does not hold one line of visible characters"},
        {replaced("/run/secrets/backup", "/nowhere"), "api_key_file: there is no file '/nowhere'"},
        {replaced("api_key_env: PRIMARY_KEY", "api_keys_env: [PRIMARY_KEY, PRIMRY_KEY]"),
         "api_keys_env: there is no environment variable 'PRIMRY_KEY'"},
        {replaced("api_key_env: PRIMARY_KEY", "api_keys_env: [PRIMARY_KEY, PRIMARY_KEY]"),
         "holds a key that another holds already"},
        {replaced("api_key_env: PRIMARY_KEY", "api_key_env: PRIMARY_KEY, api_keys_env: [PRIMARY_KEY]"),
         "one of them is enough"},
        {replaced("router:", "router:\n  providers: {primary: {max_output: 3}}"),
         "router.providers: in a configuration these keys stand in the provider's own entry"},
        {replaced("router:", "router:\n  timeouts: {first_token: 5s}\n  hedge: {after: 5s}"),
         "router.yaml:8:18: hedge.after (5s) is not shorter than timeouts.first_token (5s)"},
        {replaced("api_key_env: PRIMARY_KEY", "api_key: sk-inline"), "keys are not written into the file"},
        {replaced("dialect: openai", "dialect: openia"), "did you mean 'openai'?"},
        {replaced("model: gpt-x, ", ""), "'model' is missing"},
        {replaced("context_window: 128000", "context_window: many"), "context_window"},
        {replaced("agent: [primary, backup]", "agent: [primary, bakup]"), "did you mean 'backup'?"},
        {replaced("primary:", "\"prim ary\":"),
         "provider 'prim ary': a name is made of letters, digits, '-', '_' and '.'"},
        {replaced("providers:", "provider:"), "unknown key 'provider'"},
    };
    for (const auto& [text, expected] : rows) {
        config::Complaints complaints("router.yaml");
        EXPECT_FALSE(read_configuration(text, complaints, sources())) << expected;
        EXPECT_NE(all(complaints).find(expected), std::string::npos) << all(complaints);
        for (const char* secret : {"sk-", "hunter2"})
            EXPECT_EQ(all(complaints).find(secret), std::string::npos) << all(complaints);
    }
}

TEST(ReadConfiguration, a_port_alone_means_loopback)
{
    for (const char* listen : {":8080", "8080"}) {
        config::Complaints complaints("router.yaml");
        const auto configuration =
            read_configuration(replaced("127.0.0.1:8080", "\"" + std::string(listen) + "\""), complaints, sources());
        ASSERT_TRUE(configuration) << all(complaints);
        EXPECT_EQ(net::to_string(configuration->listen), "127.0.0.1:8080");
    }
}

TEST(ReadConfiguration, the_tables_of_keys_and_the_reader_agree)
{
    const auto unknown = [](const std::string& text, const std::string& key) {
        config::Complaints complaints("router.yaml");
        read_configuration(text, complaints, sources());
        return all(complaints).find("unknown key '" + key + "'") != std::string::npos;
    };
    for (const SettingDoc& setting : configuration_settings()) {
        if (setting.key.find('.') != std::string::npos) continue;  // operation/configuration_test.cpp has those
        EXPECT_FALSE(unknown(setting.key + ": x", setting.key)) << setting.key;
    }
    for (const SettingDoc& setting : provider_settings()) {
        const std::string leaf = setting.key.substr(setting.key.find('.') + 1);
        EXPECT_FALSE(unknown("providers: {a: {" + only(setting.key, "x") + "}}", leaf)) << setting.key;
    }
    EXPECT_TRUE(unknown("providers: {a: {base: x}}", "base"));
}

}  // namespace
}  // namespace chaos::router
