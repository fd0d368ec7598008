// What a person reads, compared whole, and that it stays inside its width.
#include <gtest/gtest.h>

#include "reports/report.hpp"
#include "reports/text.hpp"
#include "tests/reports/sample_accounts.hpp"
#include "tests/support/golden.hpp"

namespace chaos::testing {
namespace {

using reports::ConsoleStyle;

std::string plain(const history::Account& account)
{
    return reports::console(account, ConsoleStyle{});
}

TEST(Console, APassedRun)
{
    expect_golden("reports/golden/console_passed.txt", plain(passed_run()));
}
TEST(Console, AFailedRun)
{
    expect_golden("reports/golden/console_failed.txt", plain(failed_run()));
}
TEST(Console, AVacuousRun)
{
    expect_golden("reports/golden/console_vacuous.txt", plain(vacuous_run()));
}
TEST(Console, AnInterruptedRun)
{
    expect_golden("reports/golden/console_interrupted.txt", plain(interrupted_run()));
}
TEST(Console, ATroubledRun)
{
    expect_golden("reports/golden/console_troubled.txt", plain(troubled_run()));
}
TEST(Console, AHostileRun)
{
    expect_golden("reports/golden/console_hostile.txt", plain(hostile_run()));
}
TEST(Console, InColour)
{
    expect_golden("reports/golden/console_colour.txt", reports::console(failed_run(), ConsoleStyle{true, 100}));
}
TEST(Console, Narrow)
{
    expect_golden("reports/golden/console_narrow.txt", reports::console(failed_run(), ConsoleStyle{false, 60}));
}

TEST(Console, ManyRuns)
{
    expect_golden(
        "reports/golden/console_summary.txt",
        reports::console_summary({passed_run(), failed_run(), vacuous_run(), troubled_run(), passed_run()}, {}));
}

TEST(Console, NoLineIsLongerThanTheWidthExceptWhatIsToBeCopied)
{
    for (const int width : {48, 60, 80, 100, 200}) {
        for (const history::Account& account : {passed_run(), failed_run(), vacuous_run(), hostile_run()}) {
            std::istringstream lines(reports::console(account, ConsoleStyle{false, width}));
            for (std::string line; std::getline(lines, line);) {
                if (line.find("--seed") != std::string::npos) continue;
                EXPECT_LE(reports::columns(line), static_cast<std::size_t>(width)) << line;
                EXPECT_FALSE(line.ends_with(' ')) << '"' << line << '"';
            }
        }
    }
}

TEST(Console, WithoutColourThereIsNoEscape)
{
    for (const history::Account& account : {failed_run(), hostile_run(), troubled_run()}) {
        EXPECT_EQ(plain(account).find('\x1b'), std::string::npos);
    }
}

TEST(Console, ColourChangesNothingElse)
{
    std::string coloured = reports::console(failed_run(), ConsoleStyle{true, 100});
    for (const char* code : {"\x1b[32m", "\x1b[33m", "\x1b[31m", "\x1b[90m", "\x1b[0m"}) {
        const std::string needle = code;
        for (auto at = coloured.find(needle); at != std::string::npos; at = coloured.find(needle))
            coloured.erase(at, needle.size());
    }
    EXPECT_EQ(coloured, plain(failed_run()));
}

}  // namespace
}  // namespace chaos::testing
