// The documentation's reference pages are what `chaos list` prints. UPDATE_GOLDEN=1 writes them anew.
#include "harness/cli/reference.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <cstdlib>

#include "harness/run_folder.hpp"
#include "tests/support/source_dir.hpp"

namespace chaos::harness::cli {
namespace {

struct Place {
    const char* list;
    const char* page;  ///< of docs/
};

class ReferencePage : public ::testing::TestWithParam<Place> {};

TEST_P(ReferencePage, IsWhatTheProgramLists)
{
    const std::string name = GetParam().list;
    const std::string file = chaos::testing::source_dir() + "/docs/" + GetParam().page + ".md";
    const std::string begin = "<!-- chaos list " + name + " -->\n```\n";
    const std::string end = "```\n<!-- end -->";
    std::string page;
    for (const Reference& reference : references({bundled_router()})) {
        if (reference.name == name) page = reference.text();
    }
    ASSERT_FALSE(page.empty());

    std::string text = read_file(file).value_or("");
    const auto from = text.find(begin);
    ASSERT_NE(from, std::string::npos) << file << " has no place for the list";
    const auto until = text.find(end, from);
    ASSERT_NE(until, std::string::npos);
    const std::string documented = text.substr(from + begin.size(), until - from - begin.size());
    if (std::getenv("UPDATE_GOLDEN") != nullptr) {
        text.replace(from + begin.size(), documented.size(), page);
        write_file_atomically(file, text);
        return;
    }
    EXPECT_EQ(documented, page) << "run this test with UPDATE_GOLDEN=1 and read the difference";
}

TEST(ReferencePage, ListsEveryShapeByItsNumber)
{
    std::string page;
    for (const Reference& reference : references({bundled_router()})) {
        if (reference.name == "shapes") page = reference.text();
    }
    for (int number = 1; number <= 107; ++number) {
        EXPECT_NE(("\n" + page).find(fmt::format("\n{:>5}. ", number)), std::string::npos) << number;
    }
    EXPECT_EQ(page.find("108. "), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Docs, ReferencePage,
                         ::testing::Values(Place{"faults", "faults"}, Place{"shapes", "shapes"}, Place{"checks", "checks"},
                                           Place{"router", "router"}, Place{"log", "router"}, Place{"metrics", "router"},
                                           Place{"dependencies", "dependencies"},
                                           Place{"dialects", "dialects"}),
                         [](const auto& info) { return std::string(info.param.list); });

}  // namespace
}  // namespace chaos::harness::cli
