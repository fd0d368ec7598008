// Typed reading: every value with its unit, and the exact words when it is not one.
#include "config/reader.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace chaos::config {
namespace {

using namespace std::chrono_literals;

std::string joined_complaints(const Complaints& complaints)
{
    std::string result;
    for (const Complaint& complaint : complaints.sorted()) {
        result += (result.empty() ? "" : "\n") + to_string(complaint);
    }
    return result;
}

/// Reads the value of `k: VALUE` with `read(node, complaints)`; the complaint must be about line 1, column 4.
template <class Read>
auto read_value(std::string_view value, std::string& complaint, Read read)
{
    Complaints complaints("f");
    std::optional<Node> root = parse("k: " + std::string(value), complaints);
    EXPECT_TRUE(root && complaints.empty()) << value << joined_complaints(complaints);
    auto result = read(root->entries().at(0).second, complaints);
    complaint = joined_complaints(complaints);
    EXPECT_EQ(result.has_value(), complaint.empty()) << value;
    if (complaint.starts_with("f:1:4: k: ")) complaint = complaint.substr(10);
    return result;
}

struct Good {
    std::string_view yaml;
    std::int64_t value;
};
struct Bad {
    std::string_view yaml;
    std::string_view complaint;
};

TEST(ReadDuration, ReadsNumbersWithUnits)
{
    const std::pair<std::string_view, net::Duration> table[] = {
        {"250ms", 250ms}, {"1.5s", 1500ms}, {"2m", 2min}, {"3us", 3us}, {"1h", 1h}, {"0s", 0s}, {"10ns", 10ns}};
    for (const auto& [yaml, expected] : table) {
        std::string complaint;
        auto value = read_value(yaml, complaint, [](const Node& n, Complaints& c) { return read_duration(n, c, "k"); });
        EXPECT_EQ(value, expected) << complaint;
    }
}

TEST(ReadDuration, SaysWhatIsWrong)
{
    const Bad table[] = {
        {"250", "expected a duration with a unit, such as 250ms"},
        {"2", "expected a duration with a unit, such as 2s"},
        {"0", "expected a duration with a unit, such as 0s"},
        {"1.5", "expected a duration with a unit, such as 1.5s"},
        {"250msec", "expected a duration such as 250ms, 1.5s or 2m, found '250msec' (did you mean '250ms'?)"},
        {"250 ms", "expected a duration such as 250ms, 1.5s or 2m, found '250 ms' (did you mean '250ms'?)"},
        {"5 Seconds", "expected a duration such as 250ms, 1.5s or 2m, found '5 Seconds' (did you mean '5s'?)"},
        {"1m30s", "expected a duration such as 250ms, 1.5s or 2m, found '1m30s' (did you mean '90s'?)"},
        {"1 day", "expected a duration such as 250ms, 1.5s or 2m, found '1 day' (did you mean '24h'?)"},
        {"3\xC2\xB5s", "expected a duration such as 250ms, 1.5s or 2m, found '3\xC2\xB5s' (did you mean '3us'?)"},
        {"5 parsecs", "expected a duration such as 250ms, 1.5s or 2m, found '5 parsecs'"},
        {"soon", "expected a duration such as 250ms, 1.5s or 2m, found 'soon'"},
        {".5s", "expected a duration such as 250ms, 1.5s or 2m, found '.5s'"},
        {"1.5.s", "expected a duration such as 250ms, 1.5s or 2m, found '1.5.s'"},
        {"-1s", "expected a duration that is not negative, found '-1s'"},
        {"-5", "expected a duration that is not negative, found '-5'"},
        {"99999999999h", "expected a duration such as 250ms, 1.5s or 2m, found '99999999999h'"},
        {"\"250ms\"",
         "expected a duration such as 250ms, 1.5s or 2m, found the quoted text '250ms' (write it without quotes)"},
        {"[1s]", "expected a duration such as 250ms, 1.5s or 2m, found a list"},
        {"{}", "expected a duration such as 250ms, 1.5s or 2m, found a map"},
        {"~", "expected a duration such as 250ms, 1.5s or 2m, found nothing"},
    };
    for (const Bad& bad : table) {
        std::string complaint;
        read_value(bad.yaml, complaint, [](const Node& n, Complaints& c) { return read_duration(n, c, "k"); });
        EXPECT_EQ(complaint, bad.complaint) << bad.yaml;
    }
}

TEST(ReadDuration, ReadsEverySpellingThatDurationsAreWrittenIn)
{
    for (std::int64_t nanoseconds = 1; nanoseconds < 4'000'000'000'000'000; nanoseconds = nanoseconds * 7 / 4 + 1) {
        net::Duration duration(nanoseconds);
        std::string complaint;
        auto value = read_value(net::to_string(duration), complaint,
                                [](const Node& n, Complaints& c) { return read_duration(n, c, "k"); });
        EXPECT_EQ(value, duration) << complaint;
    }
}

TEST(ReadSize, ReadsNumbersWithUnits)
{
    const Good table[] = {{"512B", 512},       {"512 B", 512},
                          {"8 KiB", 8192},     {"8KiB", 8192},
                          {"2MB", 2'000'000},  {"2 kB", 2000},
                          {"2KB", 2000},       {"1.5 KiB", 1536},
                          {"1 GiB", 1 << 30},  {"1GB", 1'000'000'000},
                          {"1 MiB", 1 << 20},  {"0B", 0},
                          {"0.5 MB", 500'000}, {"9000000000 GB", 9'000'000'000'000'000'000}};
    for (const Good& good : table) {
        std::string complaint;
        auto value =
            read_value(good.yaml, complaint, [](const Node& n, Complaints& c) { return read_size(n, c, "k"); });
        EXPECT_EQ(value, static_cast<std::uint64_t>(good.value)) << good.yaml << complaint;
    }
}

TEST(ReadSize, SaysWhatIsWrong)
{
    const Bad table[] = {
        {"512", "expected a size with a unit, such as 512 B"},
        {"8k", "expected a size such as 512 B, 8 KiB or 2 MB, found '8k' (did you mean '8 KiB'?)"},
        {"8 kib", "expected a size such as 512 B, 8 KiB or 2 MB, found '8 kib' (did you mean '8 KiB'?)"},
        {"2 mb", "expected a size such as 512 B, 8 KiB or 2 MB, found '2 mb' (did you mean '2 MB'?)"},
        {"0.3 B", "expected a size such as 512 B, 8 KiB or 2 MB, found '0.3 B'"},
        {"99999999999999999999B", "expected a size such as 512 B, 8 KiB or 2 MB, found '99999999999999999999B'"},
        {"99999999999 GiB", "expected a size such as 512 B, 8 KiB or 2 MB, found '99999999999 GiB'"},
        {"-1 KiB", "expected a size such as 512 B, 8 KiB or 2 MB, found '-1 KiB'"},
        {"large", "expected a size such as 512 B, 8 KiB or 2 MB, found 'large'"},
        {"'8 KiB'",
         "expected a size such as 512 B, 8 KiB or 2 MB, found the quoted text '8 KiB' (write it without quotes)"},
    };
    for (const Bad& bad : table) {
        std::string complaint;
        read_value(bad.yaml, complaint, [](const Node& n, Complaints& c) { return read_size(n, c, "k"); });
        EXPECT_EQ(complaint, bad.complaint) << bad.yaml;
    }
}

TEST(ReadRate, ReadsPercentAsPartsPerMillion)
{
    const Good table[] = {{"10%", 100'000}, {"0.5%", 5'000},    {"100%", 1'000'000},   {"0%", 0},
                          {"0.0001%", 1},   {"99.9%", 999'000}, {"33.3333%", 333'333}, {"100.0%", 1'000'000}};
    for (const Good& good : table) {
        std::string complaint;
        auto value =
            read_value(good.yaml, complaint, [](const Node& n, Complaints& c) { return read_rate(n, c, "k"); });
        EXPECT_EQ(value, static_cast<std::uint32_t>(good.value)) << good.yaml << complaint;
    }
}

TEST(ReadRate, SaysWhatIsWrong)
{
    const std::string expected = "expected a rate from 0% to 100%, such as 10% or 0.5%, found ";
    const std::pair<std::string_view, std::string> table[] = {
        {"0.1", expected + "'0.1' (did you mean '10%'?)"},
        {"1", expected + "'1' (did you mean '100%'?)"},
        {"10", expected + "'10' (did you mean '10%'?)"},
        {"10 %", expected + "'10 %' (did you mean '10%'?)"},
        {"10 percent", expected + "'10 percent' (did you mean '10%'?)"},
        {"0.125", expected + "'0.125' (did you mean '12.5%'?)"},
        {"110%", expected + "'110%'"},
        {"100.0001%", expected + "'100.0001%'"},
        {"-1%", expected + "'-1%'"},
        {"99999999999999999999999%", expected + "'99999999999999999999999%'"},
        {"often", expected + "'often'"},
        {"0.00001%", "expected a rate with at most four decimals, found '0.00001%'"},
        {"\"10%\"", expected + "the quoted text '10%' (write it without quotes)"},
    };
    for (const auto& [yaml, wanted] : table) {
        std::string complaint;
        read_value(yaml, complaint, [](const Node& n, Complaints& c) { return read_rate(n, c, "k"); });
        EXPECT_EQ(complaint, wanted) << yaml;
    }
}

TEST(ReadInteger, ReadsWholeNumbersInRange)
{
    const Good table[] = {{"5", 5}, {"0", 0}, {"-3", -3}, {"10", 10}};
    for (const Good& good : table) {
        std::string complaint;
        auto read = [](const Node& n, Complaints& c) { return read_integer(n, c, "k", -3, 10); };
        EXPECT_EQ(read_value(good.yaml, complaint, read), good.value) << complaint;
    }
    std::string complaint;
    auto any = [](const Node& n, Complaints& c) {
        return read_integer(n, c, "k", std::numeric_limits<std::int64_t>::min(),
                            std::numeric_limits<std::int64_t>::max());
    };
    EXPECT_EQ(read_value("-9223372036854775808", complaint, any), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(read_value("9223372036854775808", complaint, any), std::nullopt);
    EXPECT_EQ(complaint, "expected a whole number, found '9223372036854775808'");
}

TEST(ReadInteger, SaysWhatIsWrong)
{
    for (std::string_view yaml :
         {"11", "0", "-1", "1.0", "1e3", "+5", "007", "0x10", "1_000", "ten", "99999999999999999999"}) {
        std::string complaint;
        read_value(yaml, complaint, [](const Node& n, Complaints& c) { return read_integer(n, c, "k", 1, 10); });
        EXPECT_EQ(complaint, "expected a whole number from 1 to 10, found '" + std::string(yaml) + "'");
    }
    std::string complaint;
    auto at_least_one = [](const Node& n, Complaints& c) {
        return read_integer(n, c, "k", 1, std::numeric_limits<std::int64_t>::max());
    };
    read_value("0", complaint, at_least_one);
    EXPECT_EQ(complaint, "expected a whole number of at least 1, found '0'");
    read_value("'5'", complaint, at_least_one);
    EXPECT_EQ(complaint, "expected a whole number of at least 1, found the quoted text '5' (write it without quotes)");
}

TEST(ReadBoolean, KnowsTrueAndFalseOnly)
{
    auto read = [](const Node& n, Complaints& c) { return read_boolean(n, c, "k"); };
    std::string complaint;
    EXPECT_EQ(read_value("true", complaint, read), true);
    EXPECT_EQ(read_value("false", complaint, read), false);
    const Bad table[] = {
        {"yes", "expected true or false, found 'yes' (did you mean 'true'?)"},
        {"Off", "expected true or false, found 'Off' (did you mean 'false'?)"},
        {"True", "expected true or false, found 'True' (did you mean 'true'?)"},
        {"flase", "expected true or false, found 'flase' (did you mean 'false'?)"},
        {"1", "expected true or false, found '1' (did you mean 'true'?)"},
        {"maybe", "expected true or false, found 'maybe'"},
        {"'true'", "expected true or false, found the quoted text 'true' (write it without quotes)"},
    };
    for (const Bad& bad : table) {
        read_value(bad.yaml, complaint, read);
        EXPECT_EQ(complaint, bad.complaint);
    }
}

TEST(ReadRange, CountsFromOneAndIncludesBothEnds)
{
    auto read = [](const Node& n, Complaints& c) { return read_range(n, c, "k"); };
    std::string complaint;
    std::optional<Range> one = read_value("3", complaint, read);
    ASSERT_TRUE(one);
    EXPECT_FALSE(one->contains(2));
    EXPECT_TRUE(one->contains(3));
    EXPECT_FALSE(one->contains(4));
    std::optional<Range> closed = read_value("3..5", complaint, read);
    ASSERT_TRUE(closed);
    EXPECT_FALSE(closed->contains(2));
    EXPECT_TRUE(closed->contains(3) && closed->contains(5));
    EXPECT_FALSE(closed->contains(6));
    std::optional<Range> open = read_value("3..", complaint, read);
    ASSERT_TRUE(open);
    EXPECT_FALSE(open->contains(2));
    EXPECT_TRUE(open->contains(std::numeric_limits<std::int64_t>::max()));
}

TEST(ReadRange, SaysWhatIsWrong)
{
    const std::string expected =
        "expected a number or a range such as 3, 3..5 or 3.. (from 1, both ends included), found ";
    const std::pair<std::string_view, std::string> table[] = {
        {"5..3", expected + "'5..3' (did you mean '3..5'?)"},
        {"..5", expected + "'..5' (did you mean '1..5'?)"},
        {"3-5", expected + "'3-5' (did you mean '3..5'?)"},
        {"3...5", expected + "'3...5' (did you mean '3..5'?)"},
        {"3 .. 5", expected + "'3 .. 5' (did you mean '3..5'?)"},
        {"0", expected + "'0'"},
        {"0..4", expected + "'0..4'"},
        {"-1..4", expected + "'-1..4'"},
        {"all", expected + "'all'"},
        {"..", expected + "'..'"},
        {"'3..5'", expected + "the quoted text '3..5' (write it without quotes)"},
    };
    for (const auto& [yaml, wanted] : table) {
        std::string complaint;
        read_value(yaml, complaint, [](const Node& n, Complaints& c) { return read_range(n, c, "k"); });
        EXPECT_EQ(complaint, wanted) << yaml;
    }
}

TEST(ReadChoice, SuggestsTheNearest)
{
    auto read = [](const Node& n, Complaints& c) { return read_choice(n, c, "k", {"openai", "anthropic", "ollama"}); };
    std::string complaint;
    EXPECT_EQ(read_value("ollama", complaint, read), "ollama");
    EXPECT_EQ(read_value("'openai'", complaint, read), "openai");
    read_value("antropic", complaint, read);
    EXPECT_EQ(complaint, "expected one of openai, anthropic, ollama, found 'antropic' (did you mean 'anthropic'?)");
    read_value("mainframe", complaint, read);
    EXPECT_EQ(complaint, "expected one of openai, anthropic, ollama, found 'mainframe'");
    read_value("[openai]", complaint, read);
    EXPECT_EQ(complaint, "expected one of openai, anthropic, ollama, found a list");
}

TEST(ReadText, TakesAnyScalar)
{
    auto read = [](const Node& n, Complaints& c) { return read_text(n, c, "k"); };
    std::string complaint;
    EXPECT_EQ(read_value("gpt-4o", complaint, read), "gpt-4o");
    EXPECT_EQ(read_value("250", complaint, read), "250");
    EXPECT_EQ(read_value("\"\"", complaint, read), "");
    EXPECT_EQ(read_value("", complaint, read), std::nullopt);
    EXPECT_EQ(complaint, "f:1:1: k: expected text, found nothing");
    read_value("{a: b}", complaint, read);
    EXPECT_EQ(complaint, "expected text, found a map");
}

TEST(Complaint, ShowsLongValuesShortened)
{
    std::string complaint;
    read_value(std::string(200, 'x'), complaint, [](const Node& n, Complaints& c) { return read_duration(n, c, "k"); });
    EXPECT_EQ(complaint, "expected a duration such as 250ms, 1.5s or 2m, found '" + std::string(40, 'x') + "...'");
}

Node parsed(std::string_view yaml, Complaints& complaints)
{
    std::optional<Node> root = parse(yaml, complaints);
    EXPECT_TRUE(root);
    return root.value_or(Node());
}

TEST(MapReader, ReadsEveryKindOfValue)
{
    Complaints complaints("f");
    MapReader map(parsed("name: x\nn: 5\nt: 2s\ns: 1 KiB\nr: 5%\nb: true\nrange: 2..\nc: red\nlist: [a, 'b']\none: a\n",
                         complaints),
                  complaints, "thing");
    EXPECT_EQ(map.text("name", "none"), "x");
    EXPECT_EQ(map.integer("n", 0, 0, 9), 5);
    EXPECT_EQ(map.duration("t", 0s), 2s);
    EXPECT_EQ(map.size("s"), 1024u);
    EXPECT_EQ(map.rate("r"), 50'000u);
    EXPECT_TRUE(map.boolean("b", false));
    EXPECT_EQ(map.range("range")->first, 2);
    EXPECT_EQ(map.choice("c", {"red", "green"}), "red");
    EXPECT_EQ(map.texts("list"), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(map.texts("one"), std::vector<std::string>{"a"});
    EXPECT_EQ(map.at("t"), (Position{3, 4}));
    EXPECT_EQ(map.at("absent"), (Position{1, 1}));
    map.finish();
    EXPECT_EQ(joined_complaints(complaints), "");
}

TEST(MapReader, AbsentValuesFallBackInSilence)
{
    Complaints complaints("f");
    MapReader map(parsed("{}", complaints), complaints, "thing");
    EXPECT_TRUE(map.valid());
    EXPECT_EQ(map.text("a", "none"), "none");
    EXPECT_EQ(map.integer("b", 7, 0, 9), 7);
    EXPECT_EQ(map.duration("c", 3s), 3s);
    EXPECT_TRUE(map.boolean("d", true));
    EXPECT_EQ(map.text("e"), std::nullopt);
    EXPECT_EQ(map.integer("f", 0, 1), std::nullopt);
    EXPECT_EQ(map.duration("g"), std::nullopt);
    EXPECT_EQ(map.size("h"), std::nullopt);
    EXPECT_EQ(map.rate("i"), std::nullopt);
    EXPECT_FALSE(map.range("j"));
    EXPECT_EQ(map.choice("k", {"x"}), std::nullopt);
    EXPECT_TRUE(map.texts("l").empty());
    map.finish();
    EXPECT_EQ(joined_complaints(complaints), "");
}

TEST(MapReader, SaysEverythingThatIsWrongAtOnce)
{
    Complaints complaints("outage.yaml");
    MapReader map(parsed("modle: x\nconnect: 250\nretries: many\nlist: {}\nconnect:x: 1\nwhatever: 1\n", complaints),
                  complaints, "provider 'primary'");
    map.require("model");
    map.duration("connect");
    map.integer("retries", 1, 0, 9);
    map.texts("list");
    map.finish();
    EXPECT_EQ(
        joined_complaints(complaints),
        "outage.yaml:1:1: provider 'primary': 'model' is missing\n"
        "outage.yaml:1:1: provider 'primary': unknown key 'modle' (did you mean 'model'?)\n"
        "outage.yaml:2:10: connect: expected a duration with a unit, such as 250ms\n"
        "outage.yaml:3:10: retries: expected a whole number from 0 to 9, found 'many'\n"
        "outage.yaml:4:7: list: expected text or a list of text, found a map\n"
        "outage.yaml:5:1: provider 'primary': unknown key 'connect:x' (a space is missing after ':')\n"
        "outage.yaml:6:1: provider 'primary': unknown key 'whatever'; known keys are model, connect, retries, list");
}

TEST(MapReader, WhatIsNoMapIsSaidOnceAndReadsAsEmpty)
{
    Complaints complaints("f");
    Node root = parsed("a: 5\nb:\nc: [x]\n", complaints);
    for (const auto& [key, value] : root.entries()) {
        MapReader map(value, complaints, key.text());
        EXPECT_FALSE(map.valid());
        map.require("model");
        EXPECT_EQ(map.text("name", "none"), "none");
        EXPECT_TRUE(map.all().empty());
        map.finish();
    }
    EXPECT_EQ(joined_complaints(complaints),
              "f:1:4: a: expected a map, found text\n"
              "f:2:1: b: expected a map, found nothing (an empty map is written {})\n"
              "f:3:4: c: expected a map, found a list");
}

TEST(MapReader, NamesTheUserChoseAreAllKnown)
{
    Complaints complaints("f");
    MapReader map(parsed("primary: 1\nbackup: 2\n", complaints), complaints, "providers");
    std::vector<std::string> names;
    for (const auto& [name, value] : map.all()) names.push_back(name.text());
    map.finish();
    EXPECT_EQ(names, (std::vector<std::string>{"primary", "backup"}));
    EXPECT_EQ(joined_complaints(complaints), "");
}

TEST(Nearest, SuggestsWhatWasMeant)
{
    const std::vector<std::string> words{"blackhole", "provider", "rate_limit", "first_token",
                                         "ms",        "stall",    "cut",        "timeouts"};
    const std::pair<std::string_view, std::optional<std::string>> table[] = {
        {"blackhoel", "blackhole"},   {"provder", "provider"},    {"RateLimit", "rate_limit"},
        {"rate-limit", "rate_limit"}, {"Blackhole", "blackhole"}, {"first token", "first_token"},
        {"timeout", "timeouts"},      {"satll", "stall"},         {"ctu", "cut"},
        {"m", std::nullopt},          {"", std::nullopt},         {"xy", std::nullopt},
        {"window", std::nullopt},     {"refuse", std::nullopt},   {"zzzzzzzzz", std::nullopt},
        {"hole", std::nullopt},
    };
    for (const auto& [word, expected] : table) EXPECT_EQ(nearest(word, words), expected) << word;
    EXPECT_EQ(did_you_mean("blackhoel", words), " (did you mean 'blackhole'?)");
    EXPECT_EQ(did_you_mean("window", words), "");
    EXPECT_EQ(nearest(std::string(1'000'000, 'a'), {std::string(1'000'000, 'a')}), std::nullopt);
}

TEST(Nearest, TheFirstOfEquallyNearOnesCounts)
{
    EXPECT_EQ(nearest("bat", {"cat", "rat"}), "cat");
    EXPECT_EQ(nearest("cot", {"cat", "cot"}), "cot");
}

}  // namespace
}  // namespace chaos::config
