// YAML as people get it right and wrong: the tree with its positions, and one exact complaint per mistake.
#include "config/document.hpp"

#include <gtest/gtest.h>

namespace chaos::config {
namespace {

/// The tree in one line: `line:column` before each node, quoted scalars in quotes, plain ones bare.
std::string drawn(const Node& node)
{
    std::string result = std::to_string(node.at().line) + ":" + std::to_string(node.at().column) + " ";
    switch (node.kind()) {
        case NodeKind::null:
            return result + "nothing";
        case NodeKind::scalar:
            return result + (node.quoted() ? "\"" + node.text() + "\"" : node.text());
        case NodeKind::sequence:
            result += "[";
            for (const Node& item : node.items()) result += (&item == &node.items().front() ? "" : ", ") + drawn(item);
            return result + "]";
        case NodeKind::map:
            result += "{";
            for (const auto& entry : node.entries()) {
                result +=
                    (&entry == &node.entries().front() ? "" : ", ") + drawn(entry.first) + " = " + drawn(entry.second);
            }
            return result + "}";
    }
    return result;
}

std::string joined_places(const Complaints& complaints)
{
    std::string result;
    for (const Complaint& complaint : complaints.sorted()) {
        result += (result.empty() ? "" : "\n") + to_string(complaint);
    }
    return result;
}

std::string tree_of(std::string_view yaml)
{
    Complaints complaints("f");
    std::optional<Node> root = parse(yaml, complaints);
    if (!root || !complaints.empty()) return "complaints: " + joined_places(complaints);
    return drawn(*root);
}

std::string complaint_about(std::string_view yaml)
{
    Complaints complaints("f.yaml");
    parse(yaml, complaints);
    return joined_places(complaints);
}

struct Case {
    std::string_view yaml;
    std::string_view expected;
};

TEST(Document, EveryNodeKnowsWhereItStandsAndWhetherItWasQuoted)
{
    const Case table[] = {
        {"a: 1\nbc: 'two'\n", "1:1 {1:1 a = 1:4 1, 2:1 bc = 2:5 \"two\"}"},
        {"a: \"x\"\nb: |\n  y\n", "1:1 {1:1 a = 1:4 \"x\", 2:1 b = 2:4 \"y\n\"}"},
        {"- a\n- [b, 'c']\n", "1:1 [1:3 a, 2:3 [2:4 b, 2:7 \"c\"]]"},
        {"- a: 1\n  b: 2\n- {c: 3}\n", "1:1 [1:3 {1:3 a = 1:6 1, 2:3 b = 2:6 2}, 3:3 {3:4 c = 3:7 3}]"},
        {"? x\n: y\n\"q\": z", "1:1 {1:3 x = 2:3 y, 3:1 \"q\" = 3:6 z}"},
        {"# a comment\n\n  a: b # another\n", "3:3 {3:3 a = 3:6 b}"},
        {"%YAML 1.2\n---\na: b\n...\n", "3:1 {3:1 a = 3:4 b}"},
        {"a: b\r\nc: d\r\n", "1:1 {1:1 a = 1:4 b, 2:1 c = 2:4 d}"},
        {"\xEF\xBB\xBF"
         "a: b",
         "1:1 {1:1 a = 1:4 b}"},
        {"just text", "1:1 just text"},
        {"r: 3..5\np: 10%\nt: 250ms\n", "1:1 {1:1 r = 1:4 3..5, 2:1 p = 2:4 10%, 3:1 t = 3:4 250ms}"},
        {"a: one\n  two\n", "1:1 {1:1 a = 1:4 one two}"},
        {"a: \"\"\n", "1:1 {1:1 a = 1:4 \"\"}"},
        {"a: 'it''s \\'\nb: \"\\\"\\u00e9\"\n", "1:1 {1:1 a = 1:4 \"it's \\\", 2:1 b = 2:4 \"\"\xC3\xA9\"}"},
    };
    for (const Case& c : table) EXPECT_EQ(tree_of(c.yaml), c.expected) << c.yaml;
}

TEST(Document, ColumnsCountCharactersNotBytes)
{
    EXPECT_EQ(tree_of("\xC3\xA9: {\xF0\x9F\x98\x80: x}"), "1:1 {1:1 \xC3\xA9 = 1:4 {1:5 \xF0\x9F\x98\x80 = 1:8 x}}");
    EXPECT_EQ(complaint_about("\xC3\xA9\xC3\xA9: b: c"),
              "f.yaml:1:6: ':' is not expected here; keys of one map are indented alike, and text with ': ' in it "
              "needs quotes");
}

TEST(Document, AMissingValueStandsWhereItIsMissing)
{
    const Case table[] = {
        {"a:\nb: ~\nc: null\nd:\n",
         "1:1 {1:1 a = 1:1 nothing, 2:1 b = 2:4 nothing, 3:1 c = 3:4 nothing, 4:1 d = 4:1 nothing}"},
        {"- \n# why\n-\n- ~\n- \n", "1:1 [1:1 nothing, 3:1 nothing, 4:3 nothing, 5:1 nothing]"},
        {"[1, , 2]", "1:1 [1:2 1, 1:5 nothing, 1:7 2]"},
        {"{a: , b}", "1:1 {1:2 a = 1:5 nothing, 1:7 b = 1:8 nothing}"},
    };
    for (const Case& c : table) EXPECT_EQ(tree_of(c.yaml), c.expected) << c.yaml;
}

TEST(Document, EachMistakeHasOneExactComplaint)
{
    const std::string anchor_end = " are not supported; write the value out where it is used, or quote the text";
    const std::string alias = "aliases (*name) are not supported; write the value out, or quote the text";
    const std::string tag = "tags (!name) are not supported; quote the text if it starts with '!'";
    const std::string colon =
        "':' is not expected here; keys of one map are indented alike, and text with ': ' in it needs quotes";
    const std::string tab = "a tab cannot indent; use spaces";
    const std::string empty = "1:1: the file is empty; expected a map of keys and values";
    const std::pair<std::string_view, std::string> table[] = {
        // nothing, or too much
        {"", empty},
        {"# only a comment\n", empty},
        {"---\n", empty},
        {"~\n", empty},
        {"a: 1\n---\nb: 2\n", "2:1: a second document starts here; one file holds one document"},
        {"- a\nb: 1\n", "2:1: this does not belong to the list above; is the indentation right?"},
        {"[a] b\n", "1:5: this does not belong to the list above; is the indentation right?"},
        {"{a: b}\nc\n", "2:1: this does not belong to the map above; is the indentation right?"},
        // keys
        {"a: 1\nb: 2\na: 3\n", "3:1: duplicate key 'a' (first given in line 1)"},
        {"x: {k: 1, 'k': 2}\n", "1:11: duplicate key 'k' (first given in line 1)"},
        {"[a]: b\n", "1:1: a key must be text, not a list or a map"},
        {"{{a: b}: c}\n", "1:2: a key must be text, not a list or a map"},
        {": b\n", "1:1: a key is missing before ':'"},
        {"~: b\n", "1:1: a key is missing before ':'"},
        // what YAML has and we do not
        {"a: &x 1\nb: *x\n", "1:4: anchors (&x)" + anchor_end},
        {"&all\na: 1\n", "1:1: anchors (&all)" + anchor_end},
        {"a: *x\n", "1:4: " + alias},
        {"a: !!int 5\n", "1:4: " + tag},
        {"a: !thing {b: 1}\n", "1:4: " + tag},
        {"a: ! b\n", "1:4: " + tag},
        // indentation
        {"a:\n\tb: 1\n", "2:1: " + tab},
        {"a:\n  b: 1\n \tc: 2\n", "3:2: " + tab},
        {"\ta: 1\n", "1:1: " + tab},
        {"a: 1\n b: 2\n", "2:3: " + colon},
        {"a: 1\n- b\n", "2:1: expected another 'key: value' of the map above, indented alike"},
        {"- a\n - b\n- c\n  d: e\n", "4:4: " + colon},
        // values
        {"a: b: c\n", "1:5: " + colon},
        {"a: - b\n", "1:4: '- ' is not expected here; a list starts on a line of its own, or is written [a, b]"},
        {"a: %x\n", "1:4: text that starts with this character needs quotes"},
        {"a: @x\n", "1:4: text that starts with this character needs quotes"},
        {"a: \"\\q\"\n", "1:7: unknown escape in double quotes; single quotes take a backslash as it is"},
        {"a: 'it's'\n", "1:8: unexpected text after a value; quotes must enclose all of it"},
        // brackets and quotes
        {"a: [1, 2\nb: 3\n", "1:4: this '[' is never closed"},
        {"a:\n  - b: [1, {c: 2, d: 3\n", "2:12: this '{' is never closed"},
        {"{a: 1\n", "1:1: this '{' is never closed"},
        {"a: {b: 1}}\n", "1:10: this bracket closes nothing"},
        {"a: ]\n", "1:4: this bracket closes nothing"},
        {"a: \"abc\nb: 1\n", "1:4: the quoted text that starts here is never closed"},
        {"a: 'abc''\nb: 1\n", "1:4: the quoted text that starts here is never closed"},
        {"a: \"abc", "1:8: the file ends inside of quoted text"},
    };
    for (const auto& [yaml, expected] : table) EXPECT_EQ(complaint_about(yaml), "f.yaml:" + expected) << yaml;
}

TEST(Document, WhatIsNotTextIsRefusedBeforeItIsParsed)
{
    EXPECT_EQ(complaint_about(std::string_view("a: 1\nb: \0", 9)),
              "f.yaml:2:4: the file is not text (control character 0x00)");
    // yaml-cpp takes this byte for the end of the file.
    EXPECT_EQ(complaint_about("a: 1\n\x04"
                              "b: 2\n"),
              "f.yaml:2:1: the file is not text (control character 0x04)");
    const std::string_view not_utf8[] = {
        "\xFF", "\xC3",     "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF0\x80\x80\x80",
        "\x80", "\xE2\x82", "\xFE\xFF"};
    for (std::string_view bytes : not_utf8) {
        std::string complaint = complaint_about("k: \xC3\xA9" + std::string(bytes));
        EXPECT_TRUE(complaint.starts_with("f.yaml:1:5: the file is not UTF-8 text (byte 0x")) << complaint;
    }
}

TEST(Document, SizeIsLimited)
{
    std::string fits = "a: " + std::string(1024 * 1024 - 3, 'x');
    EXPECT_EQ(complaint_about(fits), "");
    EXPECT_EQ(complaint_about(fits + "x"), "f.yaml:1:1: the file is larger than 1 MiB");
}

TEST(Document, DepthIsLimited)
{
    std::string deepest = std::string(64, '[') + std::string(64, ']');
    EXPECT_EQ(complaint_about(deepest), "");
    EXPECT_EQ(complaint_about("[" + deepest + "]"), "f.yaml:1:65: nested deeper than 64 levels");
    const std::string complaint = "nested deeper than 64 levels";
    for (std::string_view opener : {"[", "{", "- ", "? ", "{a: ", "[a, "}) {
        std::string deep;
        while (deep.size() < 200'000) deep += opener;
        EXPECT_NE(complaint_about(deep).find(complaint), std::string::npos) << opener;
    }
}

TEST(Document, EverythingElseIsSaidBesideDuplicateKeys)
{
    Complaints complaints("f");
    std::optional<Node> root = parse("a: 1\na: 2\nb: 3\nb: 4\n", complaints);
    ASSERT_TRUE(root);
    EXPECT_EQ(root->entries().size(), 4u);
    EXPECT_EQ(joined_places(complaints),
              "f:2:1: duplicate key 'a' (first given in line 1)\nf:4:1: duplicate key 'b' (first given in line 3)");
}

TEST(Document, ComplaintsAreSortedByPosition)
{
    Complaints complaints("f");
    EXPECT_TRUE(complaints.empty());
    complaints.add({3, 1}, "third");
    complaints.add({1, 9}, "second");
    complaints.add({1, 2}, "first");
    complaints.add({3, 1}, "fourth");
    EXPECT_EQ(joined_places(complaints), "f:1:2: first\nf:1:9: second\nf:3:1: third\nf:3:1: fourth");
}

TEST(Document, ANodeOfNothingReadsAsNothing)
{
    Node node;
    EXPECT_EQ(node.kind(), NodeKind::null);
    EXPECT_EQ(node.kind_name(), "nothing");
    EXPECT_EQ(node.at(), (Position{1, 1}));
    EXPECT_EQ(node.text(), "");
    EXPECT_TRUE(node.items().empty());
    EXPECT_TRUE(node.entries().empty());
    EXPECT_FALSE(node.quoted());
}

}  // namespace
}  // namespace chaos::config
