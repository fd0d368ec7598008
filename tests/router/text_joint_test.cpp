// A text and its continuation: in whatever pieces it comes, nothing twice and nothing left out.
#include "router/text_joint.hpp"

#include <gtest/gtest.h>

namespace chaos::router {
namespace {

const std::string said =
    "The first line is here. The second line goes on for a while, long enough to have last words of its own, an";

struct JoinRow {
    const char* name;
    std::string continuation;
    bool joins;
    std::string fresh;
    bool complete;  ///< if nothing more comes
};

TEST(TextJoint, continuations)
{
    const std::string tail(last_words(said));
    const std::vector<JoinRow> rows{
        {"from the last words", tail + "d then it ends.", true, "d then it ends.", true},
        {"from further back", said.substr(30) + "d so on", true, "d so on", true},
        {"all of it again", said + "d so on", true, "d so on", true},
        {"after a line break", "\n" + tail + "d so on", true, "d so on", true},
        {"nothing new", tail, false, "", true},
        {"words of the middle alone", said.substr(4, 20), false, "", false},
        {"too few words to tell", said.substr(said.size() - 3), false, "", false},
        {"nothing at all", "", false, "", false},
        {"something else", "Once upon a time there was a text that had nothing to do with it.", false, "", false},
        {"it skipped", "d then it ends, without the last words.", false, "", false},
        {"the last words with a word changed", "X" + tail.substr(1) + "d then", false, "", false},
        {"from the beginning, but other words", said.substr(0, 40) + "something else entirely", false, "", false},
    };
    for (const JoinRow& row : rows) {
        for (const std::size_t size : {1UL, 3UL, 7UL, 1000UL}) {
            TextJoint joint(said);
            std::string fresh;
            for (std::size_t i = 0; i < row.continuation.size(); i += size) {
                fresh += joint.add(row.continuation.substr(i, size));
            }
            EXPECT_EQ(joint.complete(), row.complete) << row.name << " in pieces of " << size;
            EXPECT_EQ(joint.joined(), row.joins) << row.name << " in pieces of " << size;
            EXPECT_EQ(fresh, row.fresh) << row.name << " in pieces of " << size;
        }
    }
}

TEST(TextJoint, last_words_are_whole_characters)
{
    const std::string text = "x" + std::string(30, 'a') + "\xC3\xA9\xC3\xA9\xC3\xA9" + std::string(41, 'b');
    const std::string words(last_words(text));
    EXPECT_NE(static_cast<unsigned char>(words.front()) & 0xC0U, 0x80U);
    EXPECT_TRUE(text.ends_with(words));
}

TEST(TextJoint, the_next_model_is_told_where_to_begin)
{
    EXPECT_NE(continuation_request(said).find(last_words(said)), std::string::npos);
}

}  // namespace
}  // namespace chaos::router
