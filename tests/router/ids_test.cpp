// Ids of calls: legal ones stay, others are mapped both ways.
#include "router/ids.hpp"

#include <gtest/gtest.h>

#include <set>

namespace chaos::router {
namespace {

const IdRule anthropic_rule{64, true, "toolu_"};
const IdRule chat_rule{40, false, "call_"};

wire::ChatRequest with_ids(const std::vector<std::string>& ids)
{
    wire::ChatRequest request;
    wire::Message asked;
    asked.role = wire::Role::assistant;
    for (const std::string& id : ids) asked.tool_calls.push_back({id, "f", "{}"});
    request.messages.push_back(asked);
    for (const std::string& id : ids) {
        wire::Message result = wire::message(wire::Role::tool, "r");
        result.tool_call_id = id;
        request.messages.push_back(result);
    }
    return request;
}

TEST(Ids, legality_by_vendor)
{
    struct Row {
        const char* id;
        bool anthropic;
        bool chat;
    };
    const std::string long_id(65, 'a');
    const Row rows[] = {{"toolu_01A", true, true},
                        {"call_abc-1", true, true},
                        {"functions.read:0", false, true},
                        {"chatcmpl-tool-1", true, true},
                        {"", false, false},
                        {"a b", false, false},
                        {"\xC3\xA9", false, false},
                        {long_id.c_str(), false, false}};
    for (const Row& row : rows) {
        EXPECT_EQ(is_legal(row.id, anthropic_rule), row.anthropic) << row.id;
        EXPECT_EQ(is_legal(row.id, chat_rule), row.chat) << row.id;
    }
}

TEST(Ids, a_legal_id_is_kept_and_another_is_mapped_at_both_ends_and_back)
{
    wire::ChatRequest request = with_ids({"call_1", "functions.read:0", "functions.read:1"});
    const IdMap ids = map_ids(request, anthropic_rule);
    std::set<std::string> seen;
    for (std::size_t i = 0; i < 3; ++i) {
        const std::string& id = request.messages[0].tool_calls[i].id;
        EXPECT_TRUE(is_legal(id, anthropic_rule)) << id;
        EXPECT_EQ(request.messages[i + 1].tool_call_id, id);
        EXPECT_EQ(id.find("functions"), std::string::npos) << "nothing travels inside of an id";
        seen.insert(id);
    }
    EXPECT_EQ(seen.size(), 3U);
    EXPECT_EQ(request.messages[0].tool_calls[0].id, "call_1");
    EXPECT_EQ(ids.restored(request.messages[0].tool_calls[1].id), "functions.read:0");
    EXPECT_EQ(ids.restored("toolu_new"), "toolu_new");
}

TEST(Ids, the_same_body_gives_the_same_ids)
{
    wire::ChatRequest first = with_ids({"a.b", "c.d"});
    wire::ChatRequest second = with_ids({"a.b", "c.d"});
    map_ids(first, anthropic_rule);
    map_ids(second, anthropic_rule);
    EXPECT_EQ(first, second);
}

TEST(Ids, an_id_that_looks_like_a_mapped_one_is_not_taken_for_it)
{
    wire::ChatRequest probe = with_ids({"a.b"});
    map_ids(probe, anthropic_rule);
    const std::string mapped = probe.messages[0].tool_calls[0].id;
    wire::ChatRequest request = with_ids({"a.b", mapped});
    map_ids(request, anthropic_rule);
    EXPECT_NE(request.messages[0].tool_calls[0].id, mapped);
    EXPECT_EQ(request.messages[0].tool_calls[1].id, mapped);
}

TEST(Ids, monstrous_ids_become_short_ones)
{
    wire::ChatRequest request = with_ids({std::string(832, 'x'), std::string(833, 'x')});
    map_ids(request, chat_rule);
    EXPECT_LE(request.messages[0].tool_calls[0].id.size(), 40U);
    EXPECT_NE(request.messages[0].tool_calls[0].id, request.messages[0].tool_calls[1].id);
}

}  // namespace
}  // namespace chaos::router
