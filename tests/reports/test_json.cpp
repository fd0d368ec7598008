// verdict.json compared whole, and that it is JSON whatever subjects wrote.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reports/report.hpp"
#include "tests/reports/sample_accounts.hpp"
#include "tests/support/golden.hpp"

namespace chaos::testing {
namespace {

TEST(Json, AFailedRun)
{
    expect_golden("reports/golden/verdict_failed.json", reports::json(failed_run()));
}
TEST(Json, AVacuousRun)
{
    expect_golden("reports/golden/verdict_vacuous.json", reports::json(vacuous_run()));
}

TEST(Json, SaysWhatThereIs)
{
    const auto json = nlohmann::json::parse(reports::json(troubled_run()));
    EXPECT_EQ(json["verdict"], "error");
    EXPECT_EQ(json["trouble"], "cannot listen on 127.0.0.1:8080: address already in use");
    EXPECT_EQ(nlohmann::json::parse(reports::json(passed_run()))["verdict"], "pass");
    EXPECT_EQ(nlohmann::json::parse(reports::json(interrupted_run()))["interrupted"], true);
}

TEST(Json, SurvivesBytesThatAreNotUtf8)
{
    const auto json = nlohmann::json::parse(reports::json(hostile_run()), nullptr, false);
    ASSERT_FALSE(json.is_discarded());
    EXPECT_EQ(json["checks"][4]["findings"].size(), 1U);
}

}  // namespace
}  // namespace chaos::testing
