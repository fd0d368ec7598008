// Which occasions a fault picks, which faults act together, and that dice depend on nothing but what they are about.
#include "mock_providers/fate.hpp"

#include <gtest/gtest.h>

#include "mock_providers/faults/vocabulary.hpp"

namespace chaos::mock_providers {
namespace {

using std::chrono::seconds;

FaultSpec fated_fault(const std::string& yaml)
{
    config::Complaints complaints("test.yaml");
    FaultSpec spec = faults::read_fault(*config::parse(yaml, complaints), complaints, {"primary"}, {"write_file"}, 1);
    EXPECT_TRUE(complaints.empty()) << yaml << ": " << (complaints.empty() ? "" : complaints.sorted().front().text);
    return spec;
}

Occasion nth_request(std::uint64_t ordinal)
{
    Occasion occasion;
    occasion.ordinal = ordinal;
    occasion.task = "quiet-amber-otter-t01";
    occasion.step = 1;
    occasion.nth_try = ordinal;
    return occasion;
}

/// The ordinals, of 1 to 12, that a fault falls on.
std::vector<std::uint64_t> picked(const std::string& selectors)
{
    Fate fate({fated_fault("{target: primary, " + selectors + ", inject: rate_limit}")}, net::Chance(1));
    std::vector<std::uint64_t> ordinals;
    for (std::uint64_t ordinal = 1; ordinal <= 12; ++ordinal) {
        for (const Fate::Cast& cast : fate.decide(nth_request(ordinal))) {
            if (cast.fell) {
                ordinals.push_back(ordinal);
            }
        }
    }
    return ordinals;
}

using Ordinals = std::vector<std::uint64_t>;

TEST(Selectors, count_requests_from_one)
{
    EXPECT_EQ(picked("requests: 3..5"), (Ordinals{3, 4, 5}));
    EXPECT_EQ(picked("requests: 3"), (Ordinals{3}));
    EXPECT_EQ(picked("requests: 11.."), (Ordinals{11, 12}));
    EXPECT_EQ(picked("every: 5"), (Ordinals{5, 10}));
    EXPECT_EQ(picked("requests: 3.., every: 4"), (Ordinals{6, 10}));
    EXPECT_EQ(picked("times: 2"), (Ordinals{1, 2}));
    EXPECT_EQ(picked("requests: 4.., every: 2, times: 2"), (Ordinals{5, 7}));
}

TEST(Fate, keeps_its_counts_when_other_faults_come_and_go)
{
    const SharedFault twice =
        std::make_shared<const FaultSpec>(fated_fault("{target: primary, times: 2, name: twice, inject: rate_limit}"));
    const SharedFault late =
        std::make_shared<const FaultSpec>(fated_fault("{target: primary, name: late, inject: {status: {code: 500}}}"));
    Fate fate({}, net::Chance(1));
    fate.replace({twice});
    const auto met = [&](std::uint64_t ordinal) {
        std::string names;
        for (const Fate::Cast& cast : fate.decide(nth_request(ordinal))) {
            names += cast.fault->name + " ";
        }
        return names;
    };
    EXPECT_EQ(met(1), "twice ");
    fate.replace({late, twice});
    EXPECT_EQ(met(2), "late ");
    fate.replace({twice});
    EXPECT_EQ(met(3), "twice ");
    EXPECT_EQ(met(4), "") << "it has fallen twice";
    fate.replace({});
    fate.replace({twice});
    EXPECT_EQ(met(5), "twice ") << "what was gone begins anew";
}

TEST(Fate, outlives_its_removal_in_an_exchange_under_way)
{
    Fate fate({fated_fault("{target: primary, name: gone, inject: rate_limit}")}, net::Chance(1));
    const auto casts = fate.decide(nth_request(1));
    fate.replace({});
    EXPECT_EQ(casts.at(0).fault->name, "gone");
}

struct Match {
    const char* selector;
    void (*change)(Occasion&);
    bool matches;
};

TEST(Selectors, match_what_they_name)
{
    const Match rows[] = {
        {"stream: true", [](Occasion& o) { o.stream = true; }, true},
        {"stream: true", [](Occasion&) {}, false},
        {"stream: false", [](Occasion&) {}, true},
        {"model: gpt-4o", [](Occasion& o) { o.model = "gpt-4o"; }, true},
        {"model: gpt-4o", [](Occasion& o) { o.model = "gpt-4"; }, false},
        {"step: 2..3", [](Occasion& o) { o.step = 3; }, true},
        {"step: 2..3", [](Occasion& o) { o.step = 4; }, false},
        {"turn: first", [](Occasion& o) { o.first_turn = true; }, true},
        {"turn: after_tool", [](Occasion& o) { o.first_turn = true; }, false},
        {"turn: after_tool", [](Occasion& o) { o.after_tool = true; }, true},
        {"turn: final", [](Occasion& o) { o.after_tool = true; }, false},
        {"turn: final", [](Occasion& o) { o.final_turn = true; }, true},
        {"from: 1s", [](Occasion&) {}, false},
        {"until: 1s", [](Occasion&) {}, false},
        {"from: 1s, until: 2s", [](Occasion& o) { o.at = seconds(1) - net::Duration(1); }, false},
        {"from: 1s, until: 2s", [](Occasion& o) { o.at = seconds(1); }, true},
        {"from: 1s, until: 2s", [](Occasion& o) { o.at = seconds(2) - net::Duration(1); }, true},
        {"from: 1s, until: 2s", [](Occasion& o) { o.at = seconds(2); }, false},
        {"until: 2s", [](Occasion& o) { o.at = seconds(0); }, true},
        {"from: 2s", [](Occasion& o) { o.at = seconds(9); }, true},
    };
    for (const Match& row : rows) {
        Occasion occasion = nth_request(1);
        row.change(occasion);
        const FaultSpec spec = fated_fault("{target: primary, " + std::string(row.selector) + ", inject: cut}");
        EXPECT_EQ(matches(spec, occasion), row.matches) << row.selector;
    }
}

Occasion nth_call(const char* tool, std::uint64_t ordinal, std::uint64_t tool_ordinal)
{
    Occasion occasion = nth_request(ordinal);
    occasion.tool = tool;
    occasion.tool_ordinal = tool_ordinal;
    return occasion;
}

TEST(Selectors, of_tools_match_their_name)
{
    const FaultSpec one_of_all = fated_fault("{target: tools, tool: write_file, inject: tool_error}");
    EXPECT_FALSE(matches(one_of_all, nth_call("send_email", 1, 1)));
    EXPECT_TRUE(matches(one_of_all, nth_call("write_file", 1, 1)));
    const FaultSpec one = fated_fault("{target: write_file, inject: tool_error}");
    EXPECT_FALSE(matches(one, nth_call("send_email", 1, 1)));
    EXPECT_TRUE(matches(one, nth_call("write_file", 1, 1)));
}

TEST(Selectors, of_tools_count_what_their_target_received)
{
    const FaultSpec all = fated_fault("{target: tools, requests: 5, inject: tool_error}");
    EXPECT_TRUE(matches(all, nth_call("write_file", 5, 2)));
    EXPECT_FALSE(matches(all, nth_call("write_file", 9, 5)));
    const FaultSpec one = fated_fault("{target: write_file, requests: 5, inject: tool_error}");
    EXPECT_FALSE(matches(one, nth_call("write_file", 5, 2)));
    EXPECT_TRUE(matches(one, nth_call("write_file", 9, 5)));
}

std::string casts_of(const std::vector<std::string>& faults, bool calls_a_tool = true)
{
    std::vector<FaultSpec> specs;
    for (const std::string& inject : faults) {
        specs.push_back(fated_fault("{target: primary, name: \"" + inject + "\", inject: " + inject + "}"));
    }
    Fate fate(specs, net::Chance(1));
    std::string names;
    const auto applies = [calls_a_tool](const FaultSpec& spec) {
        return calls_a_tool || !std::holds_alternative<faults::MalformedArguments>(spec.parameters);
    };
    for (const Fate::Cast& cast : fate.decide(nth_request(1), applies)) {
        names += cast.fault->fault + (cast.fell ? " " : "? ");
    }
    return names;
}

TEST(Composition, lets_an_opening_act_alone)
{
    EXPECT_EQ(casts_of({"cut", "rate_limit", "status", "slow"}), "rate_limit ");
    EXPECT_EQ(casts_of({"status", "rate_limit"}), "status ");
}

TEST(Composition, lets_every_pace_and_one_ending_act_together)
{
    EXPECT_EQ(casts_of({"cut", "slow", "{slow: {between_tokens: 1s}}", "{cut: {end: fin}}"}), "slow slow cut ");
}

TEST(Composition, does_not_cut_an_altered_answer_which_only_its_whole_proves)
{
    EXPECT_EQ(casts_of({"cut", "slow", "empty_answer", "malformed_arguments"}), "empty_answer slow ");
}

TEST(Composition, passes_over_what_cannot_act_here)
{
    EXPECT_EQ(casts_of({"malformed_arguments", "empty_answer"}, true), "malformed_arguments ");
    EXPECT_EQ(casts_of({"malformed_arguments", "empty_answer"}, false), "empty_answer ");
}

TEST(Composition, takes_the_next_when_the_die_of_the_first_does_not_fall)
{
    // One part in a million: does not fall here, and the status behind it does.
    Fate fate({fated_fault("{target: primary, chance: 0.0001%, inject: rate_limit}"),
               fated_fault("{target: primary, inject: status}")},
              net::Chance(1));
    const auto casts = fate.decide(nth_request(1));
    ASSERT_EQ(casts.size(), 2U);
    EXPECT_FALSE(casts[0].fell);
    EXPECT_TRUE(casts[1].fell);
}

TEST(Times, counts_injections_not_opportunities)
{
    Fate fate({fated_fault("{target: primary, chance: 30%, times: 3, inject: status}")}, net::Chance(5));
    int opportunities = 0;
    int injections = 0;
    for (std::uint64_t ordinal = 1; ordinal <= 200; ++ordinal) {
        for (const Fate::Cast& cast : fate.decide(nth_request(ordinal))) {
            ++opportunities;
            injections += cast.fell ? 1 : 0;
        }
    }
    EXPECT_EQ(injections, 3);
    EXPECT_GT(opportunities, 3);
    EXPECT_LT(opportunities, 50);
}

/// Whether the die of the given attempt falls.
bool falls(Fate& fate, const std::string& task, int step, std::uint64_t nth_try, std::uint64_t ordinal)
{
    Occasion occasion = nth_request(ordinal);
    occasion.task = task;
    occasion.step = step;
    occasion.nth_try = nth_try;
    const auto casts = fate.decide(occasion);
    return !casts.empty() && casts.back().fell;
}

TEST(Dice, do_not_depend_on_the_order_of_arrival)
{
    const auto spec = fated_fault("{target: primary, chance: 50%, name: coin, inject: status}");
    Fate forwards({spec}, net::Chance(3));
    Fate backwards({spec}, net::Chance(3));
    std::vector<bool> seen_forwards;
    std::vector<bool> seen_backwards;
    for (int step = 1; step <= 64; ++step) {
        seen_forwards.push_back(falls(forwards, "some-task-t01", step, 1, static_cast<std::uint64_t>(step)));
    }
    for (int step = 64; step >= 1; --step) {
        seen_backwards.insert(seen_backwards.begin(),
                              falls(backwards, "some-task-t01", step, 1, static_cast<std::uint64_t>(100 - step)));
    }
    EXPECT_EQ(seen_forwards, seen_backwards);
}

TEST(Dice, are_not_rolled_again_by_another_fault)
{
    const auto coin = fated_fault("{target: primary, chance: 50%, name: coin, inject: empty_answer}");
    const auto other = fated_fault("{target: primary, chance: 50%, name: other, inject: cut}");
    Fate alone({coin}, net::Chance(3));
    Fate both({other, coin}, net::Chance(3));
    for (int step = 1; step <= 64; ++step) {
        Occasion occasion = nth_request(static_cast<std::uint64_t>(step));
        occasion.step = step;
        EXPECT_EQ(alone.decide(occasion).front().fell, both.decide(occasion).front().fell) << step;
    }
}

TEST(Dice, are_thrown_again_for_each_try)
{
    Fate fate({fated_fault("{target: primary, chance: 50%, name: coin, inject: status}")}, net::Chance(3));
    int fallen = 0;
    for (std::uint64_t nth_try = 1; nth_try <= 1000; ++nth_try) {
        fallen += falls(fate, "some-task-t01", 1, nth_try, nth_try) ? 1 : 0;
    }
    EXPECT_NEAR(fallen, 500, 60);
}

TEST(Connections, are_picked_by_their_ordinal)
{
    Fate fate(
        {fated_fault("{target: primary, connections: 2..3, inject: {reset: {at: accept}}}"),
         fated_fault("{target: primary, from: 0s, inject: blackhole}"), fated_fault("{target: primary, inject: cut}")},
        net::Chance(1));
    EXPECT_TRUE(fate.decide_connection(1, seconds(0)).empty());
    ASSERT_EQ(fate.decide_connection(2, seconds(0)).size(), 1U);
    EXPECT_TRUE(fate.decide_connection(2, seconds(0)).front().fell);
    EXPECT_EQ(fate.decide(nth_request(2)).size(), 1U);
}

TEST(Connections, have_windows_too)
{
    Fate fate({fated_fault("{target: primary, from: 1s, until: 2s, inject: {reset: {at: accept}}}")}, net::Chance(1));
    EXPECT_TRUE(fate.decide_connection(1, std::nullopt).empty());
    EXPECT_TRUE(fate.decide_connection(1, seconds(0)).empty());
    EXPECT_EQ(fate.decide_connection(1, seconds(1)).size(), 1U);
    EXPECT_TRUE(fate.decide_connection(1, seconds(2)).empty());
}

}  // namespace
}  // namespace chaos::mock_providers
