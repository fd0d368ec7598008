// Which endings are honest.
#include <gtest/gtest.h>

#include <functional>

#include "tests/checks/one_check.hpp"

namespace chaos::testing {
namespace {

using history::Verdict;
using namespace std::chrono_literals;

CheckAnswer errors(const HistoryBuilder& history)
{
    PlanBuilder plan;
    plan.deadline(5s).expect([](auto& expect) { expect.errors_honest = line(31); });
    return run_check("errors", plan.plan(), history.events());
}

/// One request that ended as `change` says; its attempt was cut off.
template <class Change>
HistoryBuilder ended(Change change)
{
    HistoryBuilder history;
    history.request("otter/1/1")
        .attempt("primary#1")
        .cut("primary#1")
        .answered("otter/1/1", {"primary#1"})
        .with(change);
    history.run_ended();
    return history;
}

struct ErrorRow {
    std::string name;
    std::function<void(Event&)> ending;
    std::string message;  ///< empty: honest
};
class Endings : public ::testing::TestWithParam<ErrorRow> {};

TEST_P(Endings, AreJudged)
{
    const CheckAnswer answer = errors(ended(GetParam().ending));
    const std::vector<std::string> expected =
        GetParam().message.empty() ? std::vector<std::string>{}
                                   : std::vector{"otter/1/1 " + GetParam().message + " (last at primary#1)"};
    EXPECT_EQ(answer.messages(), expected);
    EXPECT_EQ(answer.only().verdict, expected.empty() ? Verdict::pass : Verdict::fail);
}

void fail(Event& event, int status, Ending ending, std::string error_type, std::string text)
{
    event.outcome = Outcome::failed;
    event.status = status;
    event.ending = ending;
    event.error_type = std::move(error_type);
    event.text = std::move(text);
    event.finish.clear();
    event.marks.clear();
}

INSTANTIATE_TEST_SUITE_P(
    Errors, Endings,
    ::testing::Values(
        ErrorRow{"proper_status", [](Event& e) { fail(e, 502, Ending::complete, "upstream_error", "all failed"); }, ""},
        ErrorRow{"error_event", [](Event& e) { fail(e, 200, Ending::complete, "upstream_error", "cut off"); }, ""},
        ErrorRow{"error_event_then_reset", [](Event& e) { fail(e, 200, Ending::none, "upstream_error", "cut off"); },
                 ""},
        ErrorRow{"no_connection", [](Event& e) { fail(e, 0, Ending::refused, "", "refused"); }, ""},
        ErrorRow{"reset_before_a_status", [](Event& e) { fail(e, 0, Ending::cut_reset, "", "reset"); }, ""},
        ErrorRow{"final_answer", [](Event& e) { e.text = "it adds up to answer of otter"; }, ""},
        ErrorRow{"tool_call",
                 [](Event& e) {
                     e.value = 1;
                     e.text.clear();
                     e.finish = "tool_calls";
                 },
                 ""},
        ErrorRow{"hung",
                 [](Event& e) {
                     fail(e, 0, Ending::timed_out, "", "");
                     e.at = net::Instant(5s);
                 },
                 "got no end within 4.997s: it would have waited for ever"},
        ErrorRow{"too_late",
                 [](Event& e) {
                     fail(e, 502, Ending::complete, "late", "late");
                     e.at = net::Instant(6s);
                 },
                 "took 5.997s, longer than its deadline of 5s"},
        ErrorRow{"a_little_late",
                 [](Event& e) {
                     fail(e, 502, Ending::complete, "late", "late");
                     e.at = net::Instant(5200ms);
                 },
                 ""},
        ErrorRow{"status_alone", [](Event& e) { fail(e, 503, Ending::complete, "", ""); },
                 "got status 503 without a word"},
        ErrorRow{"cut_stream", [](Event& e) { fail(e, 200, Ending::cut_fin, "", "broke"); },
                 "broke off without an error event"},
        ErrorRow{"clean_end_without_finish", [](Event& e) { fail(e, 200, Ending::complete, "", "no finish reason"); },
                 "got status 200 and no whole answer: \"no finish reason\""},
        ErrorRow{"redirect", [](Event& e) { fail(e, 302, Ending::complete, "", "moved"); },
                 "got status 302 and no whole answer: \"moved\""},
        ErrorRow{"error_inside_200",
                 [](Event& e) {
                     fail(e, 200, Ending::complete, "server_error", "x");
                     e.flag = true;
                 },
                 ""},
        ErrorRow{"taken_without_finish", [](Event& e) { e.finish.clear(); },
                 "was taken for whole without a finish reason"},
        ErrorRow{"empty_success",
                 [](Event& e) {
                     e.text.clear();
                     e.marks.clear();
                 },
                 "was empty, with a status that says success"},
        ErrorRow{"truncated_success", [](Event& e) { e.text = "it adds up to ans"; },
                 "looks whole, but primary#1 was cut off in the middle of it"}),
    [](const auto& info) { return info.param.name; });

TEST(Errors, AWholeBodyMustNotHideAnErrorInside200)
{
    HistoryBuilder history;
    history.request("otter/1/1").with([](Event& event) { event.flag = false; });
    history.refused("otter/1/1", 200, "server_error").run_ended();
    EXPECT_EQ(errors(history).messages(),
              std::vector<std::string>{"otter/1/1 got status 200 with an error inside (server_error)"});
}

TEST(Errors, IsUnknownIfNoRequestEnded)
{
    EXPECT_EQ(errors(HistoryBuilder().request("otter/1/1").run_ended("SIGTERM")).only().verdict, Verdict::unknown);
}

}  // namespace
}  // namespace chaos::testing
