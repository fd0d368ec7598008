// dependencies.yaml: what is read from it, and what is complained about.
#include "router/tools/dependencies.hpp"

#include <gtest/gtest.h>

#include <set>

namespace chaos::router {
namespace {

using namespace std::chrono_literals;

KeySources tool_key_sources()
{
    KeySources result;
    result.environment = [](const std::string& name) -> std::optional<std::string> {
        if (name == "MAIL_KEY") return "mail-secret";
        return std::nullopt;
    };
    result.file = [](const std::string&) -> std::optional<std::string> { return std::nullopt; };
    return result;
}

std::string all_of(const config::Complaints& complaints)
{
    std::string text;
    for (const config::Complaint& complaint : complaints.sorted()) text += config::to_string(complaint) + "\n";
    return text;
}

const std::string good_dependencies = R"(
dependencies:
  openai:
    kind: provider
    endpoint: https://api.openai.com/v1
    failure_modes: [rate_limit, timeout, empty_turn]
    strategy: tiered_fallback
  send_email:
    kind: tool
    endpoint: http://10.0.0.7:9000/tools/send_email/
    failure_modes: [unreachable, reply_lost]
    strategy: queue_and_retry
    honours_keys: true
    api_key_env: MAIL_KEY
    key_header: x-mail-key
    timeouts: {answer: 5s}
    retry: {max_attempts: 7, backoff: 1s}
    queue: {entries: 10, bytes: 1 MiB, max_age: 1h, in_order: true, at_once: 1}
  search:
    kind: tool
    path: /search
    endpoints: [http://a.example/q, http://b.example:81]
    failure_modes: [timeout]
    strategy: immediate_failover
  database:
    kind: other
    endpoint: http://10.0.0.9:5432
    failure_modes: [unreachable, slow]
    strategy: by_caller
)";

TEST(ReadDependencies, a_whole_file)
{
    config::Complaints complaints("dependencies.yaml");
    const auto read = read_dependencies(good_dependencies, complaints, tool_key_sources());
    ASSERT_TRUE(read) << all_of(complaints);
    ASSERT_EQ(read->all.size(), 4U);
    const Dependency& openai = read->all[0];
    EXPECT_EQ(openai.kind, DependencyKind::provider);
    EXPECT_EQ(openai.endpoints[0].url, "https://api.openai.com/v1");
    EXPECT_TRUE(openai.endpoints[0].tls);
    EXPECT_EQ(openai.failure_modes.size(), 3U);
    EXPECT_EQ(openai.path, "");
    const Dependency& mail = read->all[1];
    EXPECT_EQ(mail.path, "/tools/send_email");
    EXPECT_EQ(mail.endpoints[0].base_path, "/tools/send_email");
    EXPECT_EQ(net::to_string(mail.endpoints[0].endpoint), "10.0.0.7:9000");
    EXPECT_EQ(mail.strategy, Strategy::queue_and_retry);
    EXPECT_TRUE(mail.honours_keys);
    EXPECT_EQ(mail.api_key, "mail-secret");
    EXPECT_EQ(mail.key_header, "x-mail-key");
    EXPECT_EQ(mail.timeouts.answer, 5s);
    EXPECT_EQ(mail.timeouts.connect, 2s);
    EXPECT_EQ(mail.retry.max_attempts, 7);
    EXPECT_EQ(mail.queue.entries, 10U);
    EXPECT_EQ(mail.queue.bytes, 1024U * 1024U);
    EXPECT_TRUE(mail.queue.in_order);
    const Dependency& search = read->all[2];
    EXPECT_EQ(search.path, "/search");
    EXPECT_EQ(search.endpoints.size(), 2U);
    EXPECT_FALSE(search.honours_keys) << "nobody honours keys who has not said so";
    EXPECT_EQ(read->all[3].strategy, Strategy::by_caller);
    EXPECT_TRUE(read->any_queue());
}

std::string changed_text(const std::string& what, const std::string& with)
{
    std::string text = good_dependencies;
    text.replace(text.find(what), what.size(), with);
    return text;
}

TEST(ReadDependencies, complaints)
{
    const std::vector<std::pair<std::string, std::string>> rows{
        {changed_text("dependencies:", "dependancies:"), "unknown key 'dependancies' (did you mean 'dependencies'?)"},
        {"dependencies: {}", "at least one dependency is needed"},
        {changed_text("kind: provider", "kind: provder"), "dependencies.yaml:4:11: kind: "},
        {changed_text("kind: provider", "kind: provder"), "did you mean 'provider'?"},
        {changed_text("    kind: provider\n", ""), "dependency 'openai': 'kind' is missing"},
        {changed_text("    strategy: tiered_fallback\n", ""), "dependency 'openai': 'strategy' is missing"},
        {changed_text("strategy: tiered_fallback", "strategy: queue_and_retry"),
         "strategy: queue_and_retry is not for the kind provider"},
        {changed_text("strategy: queue_and_retry", "strategy: queue_and_rety"), "did you mean 'queue_and_retry'?"},
        {changed_text("strategy: by_caller", "strategy: exponential_backoff"),
         "strategy: exponential_backoff is not for the kind other"},
        {changed_text("    failure_modes: [rate_limit, timeout, empty_turn]\n", ""), "'failure_modes' is missing"},
        {changed_text("[rate_limit, timeout, empty_turn]", "[]"), "expected a list with at least one"},
        {changed_text("empty_turn]", "empty_trun]"), "did you mean 'empty_turn'?"},
        {changed_text("empty_turn]", "timeout]"), "failure_modes: timeout is listed twice"},
        {changed_text("[unreachable, reply_lost]", "[unreachable, empty_turn]"),
         "failure_modes: empty_turn is not for the kind tool"},
        {changed_text("    endpoint: https://api.openai.com/v1\n", ""), "'endpoint' is missing"},
        {changed_text("https://api.openai.com/v1", "api.openai.com"), "endpoint: "},
        {changed_text("[http://a.example/q, http://b.example:81]", "[http://a.example/q]"),
         "immediate_failover needs at least two endpoints"},
        {changed_text("[http://a.example/q, http://b.example:81]", "http://a.example/q"), "expected a list of URLs"},
        {changed_text("honours_keys: true", "honors_keys: true"), "did you mean 'honours_keys'?"},
        {changed_text("honours_keys: true", "honours_keys: yes"), "honours_keys: "},
        {changed_text("MAIL_KEY", "MIAL_KEY"), "api_key_env: there is no environment variable 'MIAL_KEY'"},
        {changed_text("api_key_env: MAIL_KEY", "api_key: hunter2"), "keys are not written into the file"},
        {changed_text("x-mail-key", "x mail key"), "expected the name of a header"},
        {changed_text("{answer: 5s}", "{answer: 5}"), "answer: "},
        {changed_text("{answer: 5s}", "{answer: 5m}"), "timeouts.answer (5m) is longer than timeouts.total (1m)"},
        {changed_text("{answer: 5s}", "{anser: 5s}"), "did you mean 'answer'?"},
        {changed_text("max_attempts: 7", "max_attempts: 0"), "max_attempts: "},
        {changed_text("entries: 10", "entries: many"), "entries: "},
        {changed_text("strategy: queue_and_retry", "strategy: exponential_backoff"),
         "queue: only queue_and_retry has a queue"},
        {changed_text("strategy: immediate_failover", "strategy: exponential_backoff"),
         "dependencies.yaml:24:15: strategy: exponential_backoff asks one endpoint alone"},
        {changed_text("strategy: immediate_failover", "strategy: immediate_failover\n    retry: {max_attempts: 2}"),
         "dependencies.yaml:25:12: retry: immediate_failover asks each endpoint once"},
        {changed_text("    key_header:", "    api_key_file: mail.key\n    key_header:"),
         "dependencies.yaml:15:19: api_key_file: there is an api_key_env already"},
        {changed_text("path: /search", "path: search"), "path: expected a path that begins with a slash"},
        {changed_text("path: /search", "path: /v1/search"), "path: /v1 is the router's own"},
        {changed_text("path: /search", "path: /queue"), "path: /queue is the router's own"},
        {changed_text("path: /search", "path: /tools/send_email"),
         "dependency 'search': its path /tools/send_email is that of 'send_email'"},
        {changed_text("  search:", "  \"se arch\":"), "a name is made of letters"},
        {changed_text("kind: other", "kind: other\n    honours_keys: true"), "unknown key 'honours_keys'"},
    };
    for (const auto& [text, expected] : rows) {
        config::Complaints complaints("dependencies.yaml");
        EXPECT_FALSE(read_dependencies(text, complaints, tool_key_sources())) << expected;
        EXPECT_NE(all_of(complaints).find(expected), std::string::npos) << expected << "\n" << all_of(complaints);
        for (const char* secret : {"mail-secret", "hunter2"})
            EXPECT_EQ(all_of(complaints).find(secret), std::string::npos) << all_of(complaints);
    }
}

TEST(ReadDependencies, the_table_of_keys_and_the_reader_agree)
{
    for (const SettingDoc& setting : dependency_settings()) {
        EXPECT_FALSE(setting.meaning.empty()) << setting.key;
        const auto dot = setting.key.find('.');
        const std::string inner = dot == std::string::npos
                                      ? setting.key + ": {a: b}"
                                      : setting.key.substr(0, dot) + ": {" + setting.key.substr(dot + 1) + ": {a: b}}";
        config::Complaints complaints("d");
        read_dependencies("dependencies: {a: {kind: tool, strategy: queue_and_retry, " + inner + "}}", complaints,
                          tool_key_sources());
        EXPECT_EQ(all_of(complaints).find("unknown key"), std::string::npos) << setting.key << all_of(complaints);
    }
}

TEST(ReadDependencies, words_are_those_of_the_enumerations)
{
    EXPECT_EQ(dependency_kinds().back().word, spelling(DependencyKind::other));
    EXPECT_EQ(strategies().back().word, spelling(Strategy::by_caller));
    EXPECT_EQ(strategies()[3].word, spelling(Strategy::queue_and_retry));
    EXPECT_EQ(failure_modes().back().word, spelling(FailureMode::model_gone));
    EXPECT_EQ(failure_modes()[10].word, spelling(FailureMode::reply_lost));
    std::set<std::string> words;
    for (const WordDoc& doc : failure_modes()) {
        EXPECT_FALSE(doc.meaning.empty());
        words.insert(doc.word);
    }
    EXPECT_EQ(words.size(), failure_modes().size());
}

}  // namespace
}  // namespace chaos::router
