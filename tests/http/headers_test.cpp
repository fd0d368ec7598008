// Headers as a list of fields whose names compare without case.
#include "net/http/headers.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <stdexcept>

namespace chaos::net::http {
namespace {

/// "name: value|name: value|"
std::string fields_of(const Headers& headers)
{
    std::string text;
    for (const Header& field : headers) text.append(field.name).append(": ").append(field.value).append("|");
    return text;
}

TEST(Headers, are_found_without_regard_to_case_and_the_first_wins)
{
    const Headers headers{{"Content-Type", "a"}, {"content-type", "b"}};
    EXPECT_EQ(headers.find("CONTENT-TYPE"), "a");
    EXPECT_FALSE(headers.find("content-typ"));
    EXPECT_TRUE(headers.contains("content-type"));
}

TEST(Headers, set_leaves_one_field_of_the_name_at_the_first_ones_place)
{
    Headers headers{{"A", "1"}, {"B", "2"}, {"a", "3"}};
    headers.set("a", "4");
    ASSERT_EQ(headers.size(), 2U);
    EXPECT_EQ(headers.begin()->value, "4");
    headers.set("c", "5");
    EXPECT_EQ(headers.find("C"), "5");
}

TEST(Headers, remove_takes_every_field_of_the_name)
{
    Headers headers{{"A", "1"}, {"B", "2"}, {"a", "3"}};
    headers.remove("a");
    EXPECT_EQ(headers.size(), 1U);
    headers.remove("b");
    EXPECT_TRUE(headers.empty());
}

TEST(Headers, lists_finds_tokens_in_comma_separated_values)
{
    const Headers headers{{"Connection", "keep-alive ,\tClose"}, {"connection", "te"}};
    EXPECT_TRUE(headers.lists("connection", "close"));
    EXPECT_TRUE(headers.lists("connection", "TE"));
    EXPECT_TRUE(headers.lists("connection", "keep-alive"));
    EXPECT_FALSE(headers.lists("connection", "clos"));
    EXPECT_FALSE(headers.lists("upgrade", "close"));
}

TEST(SameName, compares_ascii_letters_without_case_and_nothing_else)
{
    EXPECT_TRUE(same_name("", ""));
    EXPECT_TRUE(same_name("Retry-After", "rETRY-aFTER"));
    EXPECT_FALSE(same_name("a", "ab"));
    EXPECT_FALSE(same_name("@", "`"));
    EXPECT_FALSE(same_name("[", "{"));
}

TEST(SameName, takes_two_bytes_for_one_letter_only_if_they_are_it_in_two_cases)
{
    const auto lower = [](int c) { return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c; };
    for (int one = 0; one < 256; ++one) {
        for (int two = 0; two < 256; ++two) {
            for (const std::size_t size : {1U, 7U, 8U, 11U}) {
                std::string a(size, 'x');
                std::string b(size, 'X');
                a[size / 2] = static_cast<char>(one);
                b[size / 2] = static_cast<char>(two);
                ASSERT_EQ(same_name(a, b), lower(one) == lower(two)) << one << " " << two << " " << size;
            }
        }
    }
}

TEST(SameName, finds_a_difference_at_every_place_of_every_length)
{
    for (std::size_t size = 1; size <= 40; ++size) {
        const std::string lower(size, 'k');
        const std::string upper(size, 'K');
        EXPECT_TRUE(same_name(lower, upper)) << size;
        for (std::size_t at = 0; at < size; ++at) {
            for (const auto& [letter, other] : {std::pair('l', 'k'), std::pair('@', '`'), std::pair('-', '\r')}) {
                std::string one = lower;
                std::string two = upper;
                one[at] = letter;
                two[at] = other;
                EXPECT_FALSE(same_name(one, two)) << one << " " << two;
                two[at] = letter;
                EXPECT_TRUE(same_name(one, two)) << one << " " << two;
            }
        }
    }
}

TEST(Headers, keep_order_duplicates_and_empty_values_through_every_change)
{
    struct Row {
        const char* what;
        std::function<void(Headers&)> change;
        const char* after;
    };
    const Row rows[] = {
        {"nothing", [](Headers&) {}, "A: 1|b: |a: 3|C: 4|"},
        {"add", [](Headers& h) { h.add("a", "5"); }, "A: 1|b: |a: 3|C: 4|a: 5|"},
        {"add an empty value", [](Headers& h) { h.add("d", {}); }, "A: 1|b: |a: 3|C: 4|d: |"},
        {"add an empty name", [](Headers& h) { h.add({}, "x"); }, "A: 1|b: |a: 3|C: 4|: x|"},
        {"set one of two", [](Headers& h) { h.set("a", "longer than before"); }, "a: longer than before|b: |C: 4|"},
        {"set a later one", [](Headers& h) { h.set("c", ""); }, "A: 1|b: |a: 3|c: |"},
        {"set an empty one", [](Headers& h) { h.set("B", "2"); }, "A: 1|B: 2|a: 3|C: 4|"},
        {"set a new one", [](Headers& h) { h.set("d", "5"); }, "A: 1|b: |a: 3|C: 4|d: 5|"},
        {"remove two", [](Headers& h) { h.remove("a"); }, "b: |C: 4|"},
        {"remove the last", [](Headers& h) { h.remove("c"); }, "A: 1|b: |a: 3|"},
        {"remove none", [](Headers& h) { h.remove("d"); }, "A: 1|b: |a: 3|C: 4|"},
        {"set by views of itself", [](Headers& h) { h.set(h.begin()->name, *h.find("c")); }, "A: 4|b: |C: 4|"},
        {"set to its own value", [](Headers& h) { h.set("A", *h.find("a")); }, "A: 1|b: |C: 4|"},
        {"remove by a view of itself", [](Headers& h) { h.remove(h.begin()->name); }, "b: |C: 4|"},
        {"assign to itself",
         [](Headers& h) {
             const Headers& same = h;
             h = same;
         },
         "A: 1|b: |a: 3|C: 4|"},
        {"assign a copy",
         [](Headers& h) {
             Headers copy = h;
             copy.add("e", "6");
             h = copy;
         },
         "A: 1|b: |a: 3|C: 4|e: 6|"},
        {"reserve", [](Headers& h) { h.reserve(10'000); }, "A: 1|b: |a: 3|C: 4|"},
    };
    for (const Row& row : rows) {
        Headers headers{{"A", "1"}, {"b", ""}, {"a", "3"}, {"C", "4"}};
        row.change(headers);
        EXPECT_EQ(fields_of(headers), row.after) << row.what;
    }
}

TEST(Headers, are_none_at_first_and_after_being_moved_from)
{
    Headers headers;
    EXPECT_TRUE(headers.empty());
    EXPECT_EQ(headers.size(), 0U);
    EXPECT_FALSE(headers.contains(""));
    EXPECT_EQ(fields_of(headers), "");
    headers.remove("a");
    headers.add("a", "1");
    const std::string_view value = *headers.find("a");
    const Headers moved = std::move(headers);
    EXPECT_EQ(value, "1");  // a view outlives the move
    EXPECT_EQ(value.data(), moved.find("a")->data());
    headers = {};
    EXPECT_TRUE(headers.empty());
}

TEST(Headers, may_be_added_to_by_views_of_themselves_while_they_grow)
{
    Headers headers{{"name", std::string(50, 'v')}};
    for (int i = 0; i < 200; ++i) headers.add(headers.begin()->name, headers.begin()->value);
    EXPECT_EQ(headers.size(), 201U);
    for (const Header& field : headers) {
        EXPECT_EQ(field.name, "name");
        EXPECT_EQ(field.value, std::string(50, 'v'));
    }
}

TEST(Headers, are_written_as_on_the_wire)
{
    const Headers headers{{"Host", "h"}, {"A", ""}, {"host", "i"}};
    std::string out = "before ";
    headers.append_to(out);
    EXPECT_EQ(out, "before Host: h\r\nA: \r\nhost: i\r\n");
    EXPECT_GE(headers.wire_size_at_most(), out.size() - 7);
    EXPECT_EQ(headers.begin().line(), "Host: h\r\n");
}

TEST(Headers, refuse_a_field_that_no_message_has)
{
    const std::string_view beyond_4_gib("x", std::size_t{1} << 32);
    Headers headers{{"a", "1"}};
    EXPECT_THROW(headers.add("b", beyond_4_gib), std::length_error);
    EXPECT_THROW(headers.add(beyond_4_gib, "2"), std::length_error);
    EXPECT_EQ(fields_of(headers), "a: 1|");
}

/// The plainest thing that does the same.
struct PlainFields {
    std::vector<std::pair<std::string, std::string>> fields;

    void set(const std::string& name, const std::string& value)
    {
        const auto same = [&](const auto& field) { return same_name(field.first, name); };
        const auto first = std::find_if(fields.begin(), fields.end(), same);
        if (first == fields.end()) {
            fields.emplace_back(name, value);
        } else {
            fields.erase(std::remove_if(first + 1, fields.end(), same), fields.end());
            *first = {name, value};
        }
    }
    void remove(const std::string& name)
    {
        std::erase_if(fields, [&](const auto& field) { return same_name(field.first, name); });
    }
    std::string text() const
    {
        std::string text;
        for (const auto& [name, value] : fields) text += name + ": " + value + "|";
        return text;
    }
};

TEST(Headers, do_what_a_list_of_pairs_does)
{
    std::mt19937 dice(1);
    const auto below = [&](unsigned n) { return dice() % n; };
    const char* const names[] = {"a", "A", "x-request-id", "X-Request-Id", "x-request-iD2", "content-length"};
    for (int story = 0; story < 200; ++story) {
        Headers headers;
        PlainFields plain;
        for (int step = 0; step < 40; ++step) {
            const std::string name = names[below(std::size(names))];
            const std::string value(below(4) == 0 ? 0 : below(60), static_cast<char>('a' + below(26)));
            switch (below(4)) {
                case 0:
                    headers.set(name, value), plain.set(name, value);
                    break;
                case 1:
                    headers.remove(name), plain.remove(name);
                    break;
                default:
                    headers.add(name, value), plain.fields.emplace_back(name, value);
            }
            ASSERT_EQ(fields_of(headers), plain.text());
            ASSERT_EQ(headers.size(), plain.fields.size());
        }
    }
}

}  // namespace
}  // namespace chaos::net::http
