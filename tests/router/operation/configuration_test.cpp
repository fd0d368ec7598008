// How a router is operated, as its file says it: what is read, and what is refused in which words.
#include "router/configuration.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "net/tls/certificate.hpp"

namespace chaos::router {
namespace {

using namespace std::chrono_literals;

KeySources operated_secrets()
{
    KeySources sources;
    sources.environment = [](const std::string& name) -> std::optional<std::string> {
        if (name == "ALICE_TOKEN") return "token-of-alice";
        if (name == "ALSO_ALICE") return "token-of-alice";
        if (name == "ODD_TOKEN") return "two words";
        return std::nullopt;
    };
    sources.file = [](const std::string& path) -> std::optional<std::string> {
        if (path == "bob.token") return "token-of-bob\n";
        if (path == "queue.yaml") {
            return "dependencies:\n  mail: {kind: tool, endpoint: \"http://127.0.0.1:1/\", failure_modes: [timeout], "
                   "strategy: queue_and_retry, honours_keys: true}\n";
        }
        if (path == "junk.pem") return "this is no certificate";
        return std::nullopt;
    };
    return sources;
}

std::string operated_complaints(const config::Complaints& complaints)
{
    std::string all;
    for (const auto& complaint : complaints.sorted()) all += config::to_string(complaint) + "\n";
    return all;
}

std::string operated_file(const std::string& lines, const std::string& listen = "127.0.0.1:8080")
{
    return "listen: \"" + listen + "\"\nproviders: {one: {base_url: \"http://127.0.0.1:1\", model: m}}\n" +
           "router: {models: {agent: [one]}}\n" + lines;
}

std::optional<Configuration> read_operated(const std::string& text, std::string& said)
{
    config::Complaints complaints("r.yaml");
    auto configuration = read_configuration(text, complaints, operated_secrets());
    said = operated_complaints(complaints);
    return configuration;
}

TEST(OperationFile, everything_that_can_be_said)
{
    std::string said;
    const auto configuration = read_operated(operated_file(R"(workers: 3
callers:
  alice: {token_env: ALICE_TOKEN}
  bob: {token_file: bob.token, models: [agent]}
admin: ":9090"
log: {to: /var/log/router.jsonl, level: debug}
limits: {head_timeout: 5s, body_timeout: 6s, idle_timeout: 7s, body_size: 1MiB, connections: 50}
drain: {pause: 2s, deadline: 9s}
explain: 10
)", "0.0.0.0:8080"), said);
    ASSERT_TRUE(configuration) << said;
    const Operation& operation = configuration->operation;
    EXPECT_EQ(operation.workers, 3);
    ASSERT_EQ(operation.callers.size(), 2U);
    EXPECT_EQ(operation.callers[0].token, "token-of-alice");
    EXPECT_EQ(operation.callers[1].token, "token-of-bob");
    EXPECT_EQ(operation.callers[1].models, (std::vector<std::string>{"agent"}));
    EXPECT_TRUE(operation.admin_wanted);
    EXPECT_EQ(net::to_string(operation.admin), "127.0.0.1:9090");
    EXPECT_EQ(operation.log, "/var/log/router.jsonl");
    EXPECT_EQ(operation.log_level, LogLevel::debug);
    EXPECT_EQ(operation.limits.head_timeout, 5s);
    EXPECT_EQ(operation.limits.body_timeout, 6s);
    EXPECT_EQ(operation.limits.idle_timeout, 7s);
    EXPECT_EQ(operation.limits.body_bytes, 1024U * 1024);
    EXPECT_EQ(operation.limits.connections, 50U);
    EXPECT_EQ(operation.drain_pause, 2s);
    EXPECT_EQ(operation.drain_deadline, 9s);
    EXPECT_EQ(operation.explanations, 10);
}

TEST(OperationFile, a_queue_of_tools_needs_a_store)
{
    std::string said;
    EXPECT_FALSE(read_operated(operated_file("dependencies: queue.yaml\n"), said));
    EXPECT_NE(said.find("r.yaml:4:15: dependencies: 'queue.yaml' has a tool of strategy queue_and_retry, which needs "
                        "`store: FILE`"),
              std::string::npos)
        << said;
    EXPECT_TRUE(read_operated(operated_file("store: router.db\ndependencies: queue.yaml\n"), said)) << said;
}

TEST(OperationFile, an_ollama_that_would_forget_without_a_word_is_remarked_on)
{
    const struct {
        const char* provider;
        std::vector<const char*> remarks;  ///< words of each
    } rows[] = {
        {R"({base_url: "http://127.0.0.1:9001", model: m})", {}},
        {R"({base_url: "http://127.0.0.1:9001", model: m, dialect: ollama, context_window: 8192})", {}},
        {R"({base_url: "http://127.0.0.1:9001", model: m, dialect: ollama})", {"provider 'one': Ollama forgets the beginning"}},
        {R"({base_url: "http://127.0.0.1:11434/v1", model: m})", {"say its `context_window`", "cannot be told how much"}},
        {R"({base_url: "http://127.0.0.1:11434/v1", model: m, context_window: 8192})", {"`dialect: ollama` speaks its own API"}},
    };
    for (const auto& row : rows) {
        std::string said;
        const auto configuration = read_operated(fmt::format("listen: 127.0.0.1:1\nproviders: {{one: {}}}\nrouter: {{models: {{agent: [one]}}}}\n", row.provider), said);
        ASSERT_TRUE(configuration) << said;
        const std::vector<std::string> remarks = remarks_on(*configuration);
        ASSERT_EQ(remarks.size(), row.remarks.size()) << row.provider;
        for (std::size_t i = 0; i < remarks.size(); ++i)
            EXPECT_NE(remarks[i].find(row.remarks[i]), std::string::npos) << remarks[i];
    }
}

TEST(OperationFile, who_may_listen_where)
{
    const struct {
        const char* listen;
        const char* lines;
        bool good;
    } rows[] = {
        {"127.0.0.1:80", "", true},
        {"[::1]:80", "", true},
        {"localhost:80", "", true},
        {"0.0.0.0:80", "", false},
        {"[::]:80", "", false},
        {"10.0.0.1:80", "", false},
        {"0.0.0.0:80", "open_to_all: true", true},
        {"0.0.0.0:80", "open_to_all: false", false},
        {"0.0.0.0:80", "callers: {alice: {token_env: ALICE_TOKEN}}", true},
    };
    for (const auto& row : rows) {
        std::string said;
        const bool good = read_operated(operated_file(row.lines, row.listen), said).has_value();
        EXPECT_EQ(good, row.good) << row.listen << " " << row.lines << said;
        EXPECT_EQ(said.find("r.yaml:1:9: listen: whoever reaches") == std::string::npos, row.good) << said;
    }
}

TEST(OperationFile, complaints)
{
    const struct {
        const char* lines;
        const char* said;
    } rows[] = {
        {"callers: {a: {token: token-of-alice}}", "r.yaml:4:22: token: tokens are not written into the file; use token_env or token_file"},
        {"callers: {a: {models: [agent]}}", "caller 'a': a token is needed: token_env or token_file"},
        {"callers: {a: {token_env: NO_TOKEN}}", "token_env: there is no environment variable 'NO_TOKEN'"},
        {"callers: {a: {token_env: ODD_TOKEN}}", "does not hold one line of visible characters"},
        {"callers: {a: {token_file: nowhere}}", "token_file: there is no file 'nowhere'"},
        {"callers: {a: {token_env: ALICE_TOKEN, token_file: bob.token}}", "one of them is enough"},
        {"callers: {a: {token_env: ALICE_TOKEN, models: [agnet]}}", "did you mean 'agent'?"},
        {"callers: {a: {token_env: ALICE_TOKEN, models: []}}", "the list of models is empty"},
        {"callers: {a: {token_env: ALICE_TOKEN}, b: {token_env: ALSO_ALICE}}", "caller 'b': another caller has the same token"},
        {"callers: {}", "callers: at least one caller is needed"},
        {"tls: {certificate: junk.pem}", "'key' is missing"},
        {"tls: {certificate: junk.pem, key: junk.pem}", "r.yaml:4:6: tls: there is no certificate in it"},
        {"tls: {certificate: nowhere, key: junk.pem}", "certificate: there is no file 'nowhere'"},
        {"admin: 127.0.0.1", "admin: expected an address with a port"},
        {"log: {level: loud}", "level"},
        {"log: {file: x}", "unknown key 'file'"},
        {"workers: 0", "workers"},
        {"limits: {head_timeout: 0s}", "head_timeout: must be longer than nothing"},
        {"limits: {head_timout: 1s}", "did you mean 'head_timeout'?"},
        {"drian: {pause: 1s}", "did you mean 'drain'?"},
    };
    for (const auto& row : rows) {
        std::string said;
        EXPECT_FALSE(read_operated(operated_file(row.lines), said)) << row.lines;
        EXPECT_NE(said.find(row.said), std::string::npos) << row.lines << "\n" << said;
        EXPECT_EQ(said.find("token-of"), std::string::npos) << said;
    }
}

TEST(OperationFile, whom_to_trust_for_one_provider)
{
    net::tls::Authority authority("test", net::tls::valid_around(net::WallTime(std::chrono::hours(24 * 365 * 55))));
    const std::string pem = authority.certificate_pem();
    const std::string text = "listen: 127.0.0.1:80\nproviders: {one: {base_url: \"https://127.0.0.1:1\", ca_file: ca.pem, model: m}}\n"
                             "router: {models: {agent: [one]}}\n";
    KeySources sources = operated_secrets();
    sources.file = [&](const std::string& path) { return path == "ca.pem" ? std::optional(pem) : std::nullopt; };
    config::Complaints good("r.yaml");
    EXPECT_TRUE(read_configuration(text, good, sources)) << operated_complaints(good);
    std::string plain = text;
    plain.replace(plain.find("https"), 5, "http");
    config::Complaints complaints("r.yaml");
    EXPECT_FALSE(read_configuration(plain, complaints, sources));
    EXPECT_NE(operated_complaints(complaints).find("ca_file: the provider is not reached by https"), std::string::npos) << operated_complaints(complaints);
}

TEST(OperationFile, every_documented_key_is_known)
{
    const auto unknown = [](const std::string& line, const std::string& key) {
        std::string said;
        read_operated(operated_file(line), said);
        return said.find("unknown key '" + key + "'") != std::string::npos;
    };
    for (const SettingDoc& setting : operation_settings()) {
        const auto dot = setting.key.find('.');
        const std::string key = setting.key.substr(dot == std::string::npos ? 0 : dot + 1);
        const std::string line = dot == std::string::npos ? setting.key + ": x" : setting.key.substr(0, dot) + ": {" + key + ": x}";
        EXPECT_FALSE(unknown(line, key)) << line;
    }
    for (const SettingDoc& setting : caller_settings())
        EXPECT_FALSE(unknown("callers: {a: {" + setting.key + ": x}}", setting.key)) << setting.key;
    EXPECT_TRUE(unknown("limits: {x: 1}", "x"));
}

}  // namespace
}  // namespace chaos::router
