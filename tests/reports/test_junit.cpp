// The XML compared whole, and read back: counts, names, and what CI servers trip over.
#include <gtest/gtest.h>

#include <pugixml.hpp>
#include <set>

#include "reports/report.hpp"
#include "reports/text.hpp"
#include "tests/reports/sample_accounts.hpp"
#include "tests/support/golden.hpp"

namespace chaos::testing {
namespace {

using history::Account;

std::vector<Account> every_run()
{
    return {passed_run(), failed_run(), vacuous_run(), interrupted_run(), troubled_run(), hostile_run()};
}

/// Reads it back strictly; a document that is not XML fails the test.
class Junit : public ::testing::Test {
protected:
    pugi::xml_node read(const std::vector<Account>& accounts)
    {
        const std::string text = reports::junit(accounts);
        const auto parsed = document_.load_buffer(text.data(), text.size(), pugi::parse_full, pugi::encoding_utf8);
        EXPECT_TRUE(parsed) << parsed.description();
        return document_.child("testsuites");
    }
    pugi::xml_document document_;
};

TEST_F(Junit, OneOfEachKind)
{
    expect_golden("reports/golden/junit.xml",
                  reports::junit({passed_run(), failed_run(), vacuous_run(), interrupted_run(), troubled_run()}));
}
TEST_F(Junit, HostileTexts)
{
    expect_golden("reports/golden/junit_hostile.xml", reports::junit({hostile_run()}));
}

TEST_F(Junit, CountsAreWhatIsThere)
{
    int tests = 0;
    int failures = 0;
    int errors = 0;
    int skipped = 0;
    const pugi::xml_node root = read(every_run());
    for (const pugi::xml_node suite : root.children("testsuite")) {
        EXPECT_EQ(suite.attribute("tests").as_int(),
                  std::distance(suite.children("testcase").begin(), suite.children("testcase").end()));
        const auto count = [&](const char* query) { return static_cast<int>(suite.select_nodes(query).size()); };
        EXPECT_EQ(suite.attribute("failures").as_int(), count("testcase[failure]"));
        EXPECT_EQ(suite.attribute("errors").as_int(), count("testcase[error]"));
        EXPECT_EQ(suite.attribute("skipped").as_int(), count("testcase[skipped]"));
        EXPECT_EQ(count("testcase[count(*[self::failure or self::error or self::skipped]) > 1]"), 0);
        tests += suite.attribute("tests").as_int();
        failures += suite.attribute("failures").as_int();
        errors += suite.attribute("errors").as_int();
        skipped += suite.attribute("skipped").as_int();
    }
    EXPECT_EQ(root.attribute("tests").as_int(), tests);
    EXPECT_EQ(root.attribute("failures").as_int(), failures);
    EXPECT_EQ(root.attribute("errors").as_int(), errors);
    EXPECT_EQ(root.attribute("skipped").as_int(), skipped);
    EXPECT_EQ(failures, 4);
    EXPECT_EQ(skipped, 1);
}

TEST_F(Junit, NamesAreUniqueAlsoForRunsThatLookAlike)
{
    std::set<std::string> names;
    for (const auto& found : read({passed_run(), passed_run(), vacuous_run()}).select_nodes("testsuite/testcase")) {
        const std::string name =
            std::string(found.node().attribute("classname").value()) + '|' + found.node().attribute("name").value();
        EXPECT_TRUE(names.insert(name).second) << name;
    }
}

TEST_F(Junit, NamesDoNotDependOnWhatWasMeasured)
{
    const auto names_of = [&](const Account& account) {
        std::vector<std::string> names;
        for (const auto& found : read({account}).select_nodes("testsuite/testcase"))
            names.emplace_back(found.node().attribute("name").value());
        return names;
    };
    EXPECT_EQ(names_of(passed_run()), names_of(failed_run()));
}

TEST_F(Junit, MessagesAreShortLines)
{
    for (const auto& found : read(every_run()).select_nodes("//failure | //error | //skipped")) {
        const std::string message = found.node().attribute("message").value();
        EXPECT_FALSE(message.empty());
        EXPECT_LE(reports::columns(message), 200U) << message;
        EXPECT_EQ(message.find('\n'), std::string::npos);
    }
}

TEST_F(Junit, OnlyFailuresCarryATimeline)
{
    const pugi::xml_node root = read(every_run());
    EXPECT_EQ(root.select_nodes("//testcase[system-out][not(failure)]").size(), 0U);
    EXPECT_EQ(root.select_nodes("//testcase[failure][not(system-out)]").size(), 0U);
}

TEST_F(Junit, PlacesAreRelative)
{
    for (const auto& found : read({failed_run()}).select_nodes("//testcase[@line]")) {
        EXPECT_STREQ(found.node().attribute("file").value(), "scenarios/outage.yaml");
    }
}

TEST_F(Junit, NoRunsAreAnEmptyReport)
{
    const pugi::xml_node root = read({});
    EXPECT_TRUE(root);
    EXPECT_EQ(root.attribute("tests").as_int(-1), 0);
}

TEST_F(Junit, ARunInWhichNothingWasJudgedIsAnError)
{
    Account account = passed_run();
    account.judgement = {};
    EXPECT_EQ(
        read({account}).select_nodes("testsuite[@errors='1']/testcase[@name='run']/error[@type='Unknown']").size(), 1U);
}

}  // namespace
}  // namespace chaos::testing
