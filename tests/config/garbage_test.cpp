// Thousands of damaged files: each is read, or refused with a complaint that stands somewhere in the file.
#include <gtest/gtest.h>

#include <algorithm>

#include "config/reader.hpp"
#include "tests/support/mutations.hpp"

namespace chaos::config {
namespace {

constexpr std::string_view good_file =
    "# The primary goes dark.\n"
    "name: outage\n"
    "providers:\n"
    "  primary: {dialect: openai, model: \"gpt-4o\", pace: {first_token: 120ms}}\n"
    "  b\xC3\xA9ta:  {model: 'it''s', limit: 8 KiB}\n"
    "faults:\n"
    "  - {target: primary, from: 1s, until: 6s, inject: blackhole}\n"
    "  - target: beta\n"
    "    requests: 3..5\n"
    "    chance: 10%\n"
    "text: |\n"
    "  two\n"
    "  lines\n";

/// Reads every scalar of the tree as everything it might be.
void read_all(const Node& node, Complaints& complaints)
{
    read_text(node, complaints, "x");
    read_integer(node, complaints, "x", 0, 10);
    read_duration(node, complaints, "x");
    read_size(node, complaints, "x");
    read_rate(node, complaints, "x");
    read_boolean(node, complaints, "x");
    read_range(node, complaints, "x");
    read_choice(node, complaints, "x", {"openai", "blackhole"});
    for (const Node& item : node.items()) read_all(item, complaints);
    for (const auto& [key, value] : node.entries()) read_all(value, complaints);
    if (node.kind() != NodeKind::map) return;
    MapReader map(node, complaints, "map");
    map.texts("target");
    map.require("name");
    map.finish();
}

/// One more than the characters of each line, and one line more than there are.
std::vector<int> widths(std::string_view text)
{
    std::vector<int> result{1};
    for (char c : text) {
        bool continuation = (static_cast<unsigned char>(c) & 0xC0) == 0x80;
        if (c == '\n') {
            result.push_back(1);
        } else if (!continuation) {
            ++result.back();
        }
    }
    return result;
}

void expect_sound(const std::string& text)
{
    Complaints complaints("f");
    std::optional<Node> root = parse(text, complaints);
    EXPECT_TRUE(root || !complaints.empty()) << text;
    bool is_text = std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0xF8; });
    std::vector<int> width = widths(text);
    for (const Complaint& complaint : complaints.sorted()) {
        EXPECT_FALSE(complaint.text.empty());
        ASSERT_GE(complaint.at.line, 1);
        ASSERT_GE(complaint.at.column, 1);
        ASSERT_LE(complaint.at.line, static_cast<int>(width.size())) << text;
        int widest = width[static_cast<std::size_t>(complaint.at.line - 1)];
        EXPECT_TRUE(!is_text || complaint.at.column <= widest) << to_string(complaint) << "\n" << text;
    }
    if (root) read_all(*root, complaints);
}

TEST(Garbage, DamagedFilesAreReadOrRefused)
{
    net::Chance chance(42);
    expect_sound(std::string(good_file));
    std::size_t read = 0;
    constexpr std::uint64_t rounds = 1500;
    for (std::uint64_t round = 0; round < rounds; ++round) {
        std::string text = tests::mutated(std::string(good_file), chance.about(round));
        expect_sound(text);
        Complaints complaints("f");
        if (parse(text, complaints) && complaints.empty()) ++read;
    }
    // Neither is all of it refused nor none: the damage is of a size that tests something.
    EXPECT_GT(read, rounds / 20);
    EXPECT_LT(read, rounds);
}

TEST(Garbage, BytesOfAnythingAreRefused)
{
    net::Chance chance(43);
    for (std::uint64_t round = 0; round < 1000; ++round) {
        net::Chance here = chance.about(round);
        expect_sound(tests::garbage(here.about("length").below(80), here));
    }
}

TEST(Garbage, ScrambledPunctuationIsReadOrRefused)
{
    constexpr std::string_view alphabet = "{}[],:-?!&*|>'\"%@#a1 \n";
    net::Chance chance(44);
    for (std::uint64_t round = 0; round < 4000; ++round) {
        net::Chance here = chance.about(round);
        std::string text;
        std::uint64_t length = here.about("length").below(40);
        for (std::uint64_t i = 0; i < length; ++i) text += alphabet[here.about(i).below(alphabet.size())];
        expect_sound(text);
    }
}

}  // namespace
}  // namespace chaos::config
