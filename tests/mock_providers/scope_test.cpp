// Where a fault can happen, in words; and what is said of one that cannot happen where it is put.
#include "mock_providers/faults/scope.hpp"

#include "tests/mock_providers/stage.hpp"

namespace chaos::mock_providers::faults {
namespace {

Parameters read_parameters(const Entry& entry, const std::string& form)
{
    config::Complaints complaints("form");
    const Parameters parameters = read_form(entry, form, complaints);
    EXPECT_TRUE(complaints.empty()) << entry.name << ": " << form;
    return parameters;
}

TEST(Scope, is_told_by_vendor_and_api_and_mode)
{
    const struct {
        const char* fault;
        const char* form;
        const char* words;
    } rows[] = {
        {"status", "", "every API, streamed or not"},
        {"refuse", "", "every connection to a provider"},
        {"tool_slow", "", "every call of a tool"},
        {"content_type", "{body: whole}", "every API, streamed"},
        {"error_in_200", "{shape: beside}", "every API, not streamed"},
        {"quota", "{kind: affordable}", "openai"},
        {"call_deltas", "", "streamed: openai (chat completions)"},
        {"malformed_arguments", "", "openai, gemini; streamed: anthropic"},
        {"framing", "", "streamed: openai, anthropic, ollama (chat completions), gemini (streamGenerateContent)"},
        {"finish_reason", "{as: none}", "openai, anthropic, ollama (chat, generate), gemini"},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(scope_in_words(read_parameters(*find(row.fault), row.form)), row.words)
            << row.fault << " " << row.form;
    }
}

TEST(Scope, is_somewhere_for_every_form_of_every_fault)
{
    for (const Entry& entry : vocabulary()) {
        std::vector<std::string> forms = entry.forms;
        forms.emplace_back();
        for (const std::string& form : forms) {
            EXPECT_NE(scope_in_words(read_parameters(entry, form)), "nowhere") << entry.name << " " << form;
        }
    }
}

struct Misplaced {
    const char* dialect;
    const char* fault;
    const char* complaint;
};

TEST(Scope, refuses_what_cannot_happen_at_the_target)
{
    const Misplaced rows[] = {
        {"openai", "{target: primary, inject: call_deltas}", ""},
        {"anthropic", "{target: primary, inject: call_deltas}",
         "fault 'call_deltas-primary-1': so spelt, call_deltas cannot happen at an anthropic provider; where it can: "
         "streamed: openai (chat completions)"},
        {"openai", "{target: primary, stream: false, inject: call_deltas}",
         "fault 'call_deltas-primary-1': so spelt, call_deltas cannot happen at an openai provider to a whole answer; "
         "where "
         "it can: streamed: openai (chat completions)"},
        {"gemini", "{target: primary, stream: true, inject: {error_in_200: {shape: beside}}}",
         "fault 'error_in_200-primary-1': so spelt, error_in_200 cannot happen at a gemini provider to a streamed "
         "answer; "
         "where it can: every API, not streamed"},
        {"ollama", "{target: primary, from: 0s, inject: blackhole}", ""},
    };
    for (const Misplaced& row : rows) {
        config::Complaints complaints("test.yaml");
        const FaultSpec fault = read_fault(*config::parse(row.fault, complaints), complaints, {"primary"}, {}, 1);
        ProviderSpec provider = testing::primary();
        provider.dialect = row.dialect;
        check_scope(fault, {provider}, complaints);
        EXPECT_EQ(complaints.empty() ? "" : complaints.sorted().front().text, row.complaint) << row.fault;
    }
}

}  // namespace
}  // namespace chaos::mock_providers::faults
