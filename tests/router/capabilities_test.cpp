// What is missing where: each row a request with one need, and what becomes of it at each vendor.
#include "router/capabilities.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "tests/router/vendors.hpp"

namespace chaos::router {
namespace {

using wire::ChatRequest;
using wire::Part;

struct NeedRow {
    std::string_view word;
    std::function<void(ChatRequest&)> need;
};

void add_part(ChatRequest& request, Part::Kind kind, const std::string& text, const std::string& detail = "")
{
    request.messages.back().content.push_back({kind, text, "", detail});
}

const std::vector<NeedRow> need_rows{
    {"images", [](ChatRequest& r) { add_part(r, Part::Kind::image, "data:image/png;base64,AA"); }},
    {"image_urls", [](ChatRequest& r) { add_part(r, Part::Kind::image, "https://a/b.png"); }},
    {"gif_images", [](ChatRequest& r) { add_part(r, Part::Kind::image, "data:image/gif;base64,AA"); }},
    {"heic_images", [](ChatRequest& r) { add_part(r, Part::Kind::image, "data:image/heic;base64,AA"); }},
    {"image_detail", [](ChatRequest& r) { add_part(r, Part::Kind::image, "data:image/png;base64,AA", "low"); }},
    {"documents", [](ChatRequest& r) { add_part(r, Part::Kind::document, "data:application/pdf;base64,AA"); }},
    {"document_urls", [](ChatRequest& r) { add_part(r, Part::Kind::document, "https://a/b.pdf"); }},
    {"audio", [](ChatRequest& r) { add_part(r, Part::Kind::audio, "data:audio/wav;base64,AA"); }},
    {"uploaded_files", [](ChatRequest& r) { add_part(r, Part::Kind::other, R"({"type":"file"})"); }},
    {"tools",
     [](ChatRequest& r) {
         r.tools = {{"f", "", ""}};
     }},
    {"tool_choice", [](ChatRequest& r) { r.tool_choice.kind = wire::ToolChoice::Kind::required; }},
    {"strict_tools",
     [](ChatRequest& r) {
         r.tools = {{"f", "", "", true}};
     }},
    {"tool_names",
     [](ChatRequest& r) {
         r.tools = {{"1st", "", ""}};
     }},
    {"freeform_tools",
     [](ChatRequest& r) {
         r.tools = {{"f", "", "", std::nullopt, true}};
     }},
    {"hosted_tools", [](ChatRequest& r) { r.hosted_tools = {"web_search"}; }},
    {"stored_answers", [](ChatRequest& r) { r.previous_answer = "resp_1"; }},
    {"json", [](ChatRequest& r) { r.format.kind = wire::ResponseFormat::Kind::json_object; }},
    {"json_schema", [](ChatRequest& r) { r.format.kind = wire::ResponseFormat::Kind::json_schema; }},
    {"prefill", [](ChatRequest& r) { r.messages.push_back(wire::message(wire::Role::assistant, "So")); }},
    {"stop", [](ChatRequest& r) { r.stop = {"a"}; }},
    {"many_stops",
     [](ChatRequest& r) {
         r.stop = {"a", "b", "c", "d", "e"};
     }},
    {"five_stops", [](ChatRequest& r) { r.stop = {"a", "b", "c", "d", "e", "f"}; }},
    {"choices", [](ChatRequest& r) { r.choices = 2; }},
    {"sealed_reasoning",
     [](ChatRequest& r) {
         wire::Message said = wire::message(wire::Role::assistant, "so");
         said.reasoning = {{"hm", "sig", "", false, wire::Vendor::anthropic}};
         r.messages.insert(r.messages.begin(), said);
     }},
    {"reasoning_effort", [](ChatRequest& r) { r.reasoning_effort = "high"; }},
    {"reasoning_budget", [](ChatRequest& r) { r.reasoning_budget = 2048; }},
    {"logprobs", [](ChatRequest& r) { r.logprobs = true; }},
    {"temperature_above_1", [](ChatRequest& r) { r.sampling.temperature = 1.5; }},
    {"temperature", [](ChatRequest& r) { r.sampling.temperature = 0.5; }},
    {"top_p", [](ChatRequest& r) { r.sampling.top_p = 0.5; }},
    {"top_k", [](ChatRequest& r) { r.sampling.top_k = 5; }},
    {"seed", [](ChatRequest& r) { r.sampling.seed = 5; }},
    {"penalties", [](ChatRequest& r) { r.sampling.presence_penalty = 0.5; }},
    {"user", [](ChatRequest& r) { r.user = "u"; }},
    {"system_order", [](ChatRequest& r) { r.messages.push_back(wire::message(wire::Role::system, "now")); }},
    {"cache_control", [](ChatRequest& r) { r.cache_hints = true; }},
};

ChatRequest with_need(const NeedRow& row)
{
    ChatRequest request;
    request.messages = {wire::message(wire::Role::user, "hi")};
    row.need(request);
    return request;
}

bool has_word(const std::vector<std::string>& words, std::string_view word)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

TEST(Capabilities, every_need_is_met_or_passed_over_or_named)
{
    const std::vector<CapabilityDoc> docs = capabilities();
    ASSERT_EQ(docs.size(), need_rows.size());
    for (std::size_t i = 0; i < docs.size(); ++i) {
        const CapabilityDoc& doc = docs[i];
        ASSERT_EQ(doc.word, need_rows[i].word);
        for (const Protocol to : all_protocols) {
            const Gap gap = gap_between(with_need(need_rows[i]), to, {});
            const bool had = std::find(doc.had_by.begin(), doc.had_by.end(), to) != doc.had_by.end();
            const std::string name = std::string(doc.word) + " at " + std::string(spelling(to));
            // A narrow need may be missed by a broader word: a PDF by address where there are no PDFs.
            const bool passed_over = doc.hard && !had;
            EXPECT_TRUE(passed_over ? !gap.hard.empty() : gap.hard != doc.word) << name << ": " << gap.hard;
            EXPECT_EQ(has_word(gap.soft, doc.word), !doc.hard && !had) << name;
        }
    }
}

TEST(Capabilities, what_a_provider_lacks_by_its_configuration_counts_as_missing_everywhere)
{
    for (const NeedRow& row : need_rows) {
        const std::vector<std::string> lacks{std::string(row.word)};
        for (const Protocol to : all_protocols) {
            const Gap gap = gap_between(with_need(row), to, lacks);
            EXPECT_TRUE(!gap.hard.empty() || has_word(gap.soft, row.word)) << row.word;
        }
        const std::vector<CapabilityDoc> docs = capabilities();
        const auto doc = std::find_if(docs.begin(), docs.end(), [&](const auto& d) { return d.word == row.word; });
        EXPECT_EQ(missing(with_need(row), lacks), doc->hard ? row.word : std::string_view()) << row.word;
    }
}

TEST(Capabilities, what_only_some_models_have_is_had_where_the_configuration_says_so_and_nowhere_else)
{
    for (const CapabilityDoc& doc : capabilities()) {
        const auto row =
            std::find_if(need_rows.begin(), need_rows.end(), [&](const auto& r) { return r.word == doc.word; });
        for (const Protocol to : all_protocols) {
            const Gap gap = gap_between(with_need(*row), to, {}, {std::string(doc.word)});
            const auto among = [to](const std::vector<Protocol>& all) {
                return std::find(all.begin(), all.end(), to) != all.end();
            };
            if (doc.hard) continue;
            EXPECT_EQ(has_word(gap.soft, doc.word), !among(doc.had_by) && !among(doc.had_by_some)) << doc.word;
        }
    }
}

TEST(Capabilities, a_plain_request_lacks_nothing_anywhere)
{
    for (const Protocol to : all_protocols) EXPECT_EQ(gap_between(with_need({"", [](ChatRequest&) {}}), to, {}), Gap{});
}

TEST(Capabilities, members_nobody_knows_are_named_and_essential_ones_pass_the_provider_over)
{
    ChatRequest request = with_need({"", [](ChatRequest&) {}});
    request.unknown = {"service_tier", "metadata"};
    EXPECT_EQ(gap_between(request, Protocol::anthropic, {}), (Gap{"", {"service_tier", "metadata"}}));
    request.unknown = {"mcp_servers"};
    EXPECT_EQ(gap_between(request, Protocol::gemini, {}).hard, "mcp_servers");
}

TEST(Capabilities, what_is_left_out_is_not_written)
{
    ChatRequest request = with_need(need_rows[23]);  // sealed reasoning
    request.reasoning_effort = "high";
    leave_out(request, gap_between(request, Protocol::anthropic, {}).soft);
    EXPECT_TRUE(request.messages[0].reasoning.empty());
    EXPECT_TRUE(request.reasoning_effort.empty());
    EXPECT_EQ(request.messages[0].text(), "so");
}

}  // namespace
}  // namespace chaos::router
