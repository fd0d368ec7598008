// The maps of providers and tools: what they default to, and what they refuse.
#include "mock_providers/read_spec.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "mock_providers/dialects/dialect.hpp"

namespace chaos::mock_providers {
namespace {

using std::chrono::milliseconds;

std::string lines(const config::Complaints& complaints)
{
    std::string text;
    for (const auto& complaint : complaints.sorted()) {
        text += std::to_string(complaint.at.line) + ":" + std::to_string(complaint.at.column) + ": " + complaint.text +
                "\n";
    }
    return text;
}

/// What is read; `said` takes the complaints, which otherwise must not be.
std::vector<ProviderSpec> providers_in(const std::string& yaml, std::string* said = nullptr)
{
    config::Complaints complaints("test.yaml");
    const auto node = config::parse(yaml, complaints);
    auto specs = node ? read_providers(*node, complaints) : std::vector<ProviderSpec>{};
    if (said != nullptr) {
        *said = lines(complaints);
    } else {
        EXPECT_EQ(lines(complaints), "");
    }
    return specs;
}

/// What is read; `said` takes the complaints, which otherwise must not be.
std::vector<ToolSpec> tools(const std::string& yaml, std::string* said = nullptr)
{
    config::Complaints complaints("test.yaml");
    const auto node = config::parse(yaml, complaints);
    auto specs = node ? read_tools(*node, complaints) : std::vector<ToolSpec>{};
    if (said != nullptr) {
        *said = lines(complaints);
    } else {
        EXPECT_EQ(lines(complaints), "");
    }
    return specs;
}

TEST(ReadProviders, keeps_their_order_and_fills_in_defaults)
{
    const auto specs = providers_in("primary: {dialect: openai, model: gpt-4o}\nbackup: {}\nlocal:\n");
    ASSERT_EQ(specs.size(), 3U);
    EXPECT_EQ(specs[0].name, "primary");
    EXPECT_EQ(specs[0].model, "gpt-4o");
    EXPECT_EQ(specs[1].model, "backup");
    EXPECT_EQ(specs[1].pace.first_token, Pace{}.first_token);
    EXPECT_EQ(specs[1].port, 0);
    EXPECT_EQ(specs[2].name, "local");
    EXPECT_EQ(specs[2].at, (config::Position{3, 1}));
}

TEST(ReadProviders, reads_every_key)
{
    const auto specs = providers_in(
        "a.b-c_1: {model: m, port: 8081, context_window: 8192, answer_tokens: 100, pace: {first_token: 10ms, "
        "between_tokens: 0ms}}");
    ASSERT_EQ(specs.size(), 1U);
    EXPECT_EQ(specs[0].port, 8081);
    EXPECT_EQ(specs[0].context_window, 8192);
    EXPECT_EQ(specs[0].answer_tokens, 100);
    EXPECT_EQ(specs[0].pace.first_token, milliseconds(10));
    EXPECT_EQ(specs[0].pace.between_tokens, milliseconds(0));
}

TEST(ReadProviders, reads_limits)
{
    const LimitsSpec none = providers_in("primary: {}").at(0).limits;
    EXPECT_FALSE(none.any());
    const LimitsSpec limits = providers_in(
                                  "primary: {limits: {requests_per_minute: 60, tokens_per_minute: 10000, "
                                  "requests_per_day: 1000, concurrent: 4, "
                                  "window: sliding}}")
                                  .at(0)
                                  .limits;
    EXPECT_EQ(limits.requests_per_minute, 60);
    EXPECT_EQ(limits.tokens_per_minute, 10000);
    EXPECT_EQ(limits.requests_per_day, 1000);
    EXPECT_EQ(limits.concurrent, 4);
    EXPECT_EQ(limits.window, RateWindow::sliding);
}

TEST(ReadProviders, refuses_what_it_does_not_know)
{
    const std::pair<const char*, const char*> wrongs[] = {
        {"primary: {modell: x}", "1:11: provider 'primary': unknown key 'modell' (did you mean 'model'?)\n"},
        {"primary: {pace: {first_tokens: 1s}}",
         "1:18: pace: unknown key 'first_tokens' (did you mean 'first_token'?)\n"},
        {"primary: {port: 70000}", "1:17: port: expected a whole number from 1 to 65535, found '70000'\n"},
        {"'a b': {}",
         "1:1: 'a b' cannot name a provider: use at most 32 letters, digits, '-', '_' and '.', with a letter or digit "
         "at both ends\n"},
        {"{}", "1:1: providers: name at least one, e.g. `primary: {model: gpt-4o}`\n"},
        {"primary: {limits: {}}", "1:19: limits: name at least one, e.g. `requests_per_minute: 60`\n"},
        {"primary: {limits: {request_per_minute: 5, concurrent: 1}}",
         "1:20: limits: unknown key 'request_per_minute' (did you mean 'requests_per_minute'?)\n"},
        {"primary: {limits: {concurrent: 0}}",
         "1:32: concurrent: expected a whole number from 1 to 100000000, found '0'\n"},
        {"primary: {limits: {window: fixed}}", "1:19: limits: name at least one, e.g. `requests_per_minute: 60`\n"},
        {"primary: {limits: {concurrent: 1, window: rolling}}",
         "1:43: window: expected one of fixed, sliding, token_bucket, found 'rolling'\n"},
        {"[primary]", "1:1: providers: expected a map, found a list\n"},
    };
    for (const auto& [yaml, complaint] : wrongs) {
        std::string said;
        providers_in(yaml, &said);
        EXPECT_EQ(said, complaint) << yaml;
    }
}

TEST(ReadProviders, knows_the_dialects)
{
    for (const Dialect* dialect : dialects()) {
        EXPECT_EQ(providers_in(fmt::format("primary: {{dialect: {}}}", dialect->name())).at(0).dialect,
                  dialect->name());
    }
    std::string said;
    providers_in("primary: {dialect: openia}", &said);
    EXPECT_TRUE(said.starts_with("1:20: dialect: expected one of openai, ")) << said;
    EXPECT_TRUE(said.ends_with(", found 'openia' (did you mean 'openai'?)\n")) << said;
}

TEST(ReadTools, reads_their_kinds)
{
    const auto specs = tools(
        "write_file: {}\nread: {read_only: true}\nput: {idempotent: true}\nsend: {irreversible: true, takes: 1s, "
        "description: "
        "Sends it.}\nfinish: {terminal: true}\nplain:\nnot: {read_only: false}\n");
    ASSERT_EQ(specs.size(), 7U);
    EXPECT_EQ(specs[0].kind, ToolKind::effectful);
    EXPECT_EQ(specs[0].takes, milliseconds(500));
    EXPECT_EQ(specs[1].kind, ToolKind::read_only);
    EXPECT_EQ(specs[2].kind, ToolKind::idempotent);
    EXPECT_EQ(specs[3].kind, ToolKind::irreversible);
    EXPECT_EQ(specs[3].takes, milliseconds(1000));
    EXPECT_EQ(specs[3].description, "Sends it.");
    EXPECT_EQ(specs[4].kind, ToolKind::terminal);
    EXPECT_EQ(specs[5].kind, ToolKind::effectful);
    EXPECT_EQ(specs[6].kind, ToolKind::effectful);
}

TEST(ReadTools, reads_schemas_and_the_place_of_the_token)
{
    const auto specs = tools(
        "search: {read_only: true, input: {type: object, properties: {q: {type: string}}}}\n"
        "write: {input: {type: object, properties: {reference: {type: string}}}, output: {type: object}}\n"
        "order: {token_in: ticket, input: {type: object, properties: {ticket: {type: string, maxLength: 64}}}}\n"
        "plain: {}\n");
    ASSERT_EQ(specs.size(), 4U);
    EXPECT_EQ(specs[0].input, R"({"type":"object","properties":{"q":{"type":"string"}}})");
    EXPECT_EQ(specs[0].token_in, "");
    EXPECT_EQ(specs[1].token_in, "reference");
    EXPECT_EQ(specs[1].output, R"({"type":"object"})");
    EXPECT_EQ(specs[2].token_in, "ticket");
    EXPECT_EQ(specs[3].input, "");
    EXPECT_EQ(specs[3].token_in, "reference");
}

TEST(ReadTools, refuses_tools_with_effects_that_nobody_could_tell_apart)
{
    const std::pair<const char*, const char*> wrongs[] = {
        {"w: {input: {type: object, properties: {q: {type: string}}}}",
         "1:12: tool 'w' has effects, and its input has no place for the token that tells them apart: "},
        {"w: {idempotent: true, input: {type: object}}", "1:30: tool 'w' has effects, and its input has no place"},
        {"w: {token_in: t, input: {type: object, properties: {q: {type: string}}}}",
         "1:15: token_in: the input of tool 'w' has no property 't'"},
        {"w: {read_only: true, token_in: t, input: {type: object}}", "1:32: token_in: the input of tool 'w' has no"},
        {"w: {token_in: q}", "1:15: token_in names a property of the tool's own `input`"},
        {"w: {token_in: q, input: {type: object, properties: {q: {type: integer}}}}",
         "1:15: 'q' of tool 'w' cannot hold an effect token such as "},
        {"w: {input: {type: object, properties: {reference: {type: string, maxLength: 8}}}}",
         "1:12: 'reference' of tool 'w' cannot hold an effect token such as "},
        {"w: {input: {type: object, properties: {reference: {type: string, enum: [a]}}}}",
         "1:12: 'reference' of tool 'w' cannot hold an effect token such as "},
        {"w: {input: {type: object, pattern: x}}", "1:27: input of tool 'w': `pattern` is no keyword"},
        {"w: {output: {type: string}}", "1:20: output of tool 'w' is an object: say `type: object`"},
        {"w: {output: {type: object, properties: {a: {type: integer, enum: [x]}}}}",
         "1:13: output of tool 'w': no value that keeps to it could be made up: 'a' must be an integer, but is text"},
    };
    for (const auto& [yaml, complaint] : wrongs) {
        std::string said;
        tools(yaml, &said);
        EXPECT_EQ(said.substr(0, std::string(complaint).size()), complaint) << yaml;
        EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
    }
}

TEST(ReadToolServer, reads_its_port_and_the_form_of_answers)
{
    const auto read = [](const std::string& yaml, std::string& said) {
        config::Complaints complaints("test.yaml");
        const ToolServerSpec spec = read_tool_server(*config::parse(yaml, complaints), complaints);
        said = lines(complaints);
        return spec;
    };
    std::string said;
    EXPECT_EQ(read("{port: 8090, answers: sse}", said).port, 8090);
    EXPECT_TRUE(read("{answers: sse}", said).sse);
    EXPECT_FALSE(read("{answers: json}", said).sse);
    EXPECT_EQ(said, "");
    read("{answer: sse}", said);
    EXPECT_EQ(said, "1:2: tool_server: unknown key 'answer' (did you mean 'answers'?)\n");
}

TEST(ReadTools, refuses_what_it_does_not_know)
{
    const std::pair<const char*, const char*> wrongs[] = {
        {"send: {read_only: true, terminal: true}",
         "1:35: a tool is at most one of read_only, idempotent, irreversible and terminal; tool 'send' is read_only "
         "already\n"},
        {"send: {irreversable: true}", "1:8: tool 'send': unknown key 'irreversable' (did you mean 'irreversible'?)\n"},
        {"tools: {}", "1:1: no tool can be named 'tools': as a fault's target it means all of them\n"},
        {"a.b: {}",
         "1:1: 'a.b' cannot name a tool: use at most 64 letters, digits, '-' and '_', with a letter or digit at both "
         "ends\n"},
    };
    for (const auto& [yaml, complaint] : wrongs) {
        std::string said;
        tools(yaml, &said);
        EXPECT_EQ(said, complaint) << yaml;
    }
}

}  // namespace
}  // namespace chaos::mock_providers
