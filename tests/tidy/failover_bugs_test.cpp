// The table of bugs names tests; they must be there.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/source_dir.hpp"

namespace {

namespace paths = std::filesystem;

std::string text_of(const paths::path& path)
{
    std::ifstream in(path);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

void collect(const std::string& text, const std::regex& pattern, const char* format, std::set<std::string>& names)
{
    for (auto it = std::sregex_iterator(text.begin(), text.end(), pattern); it != std::sregex_iterator(); ++it) {
        names.insert(it->format(format));
    }
}

/// "Suite.name" of every unit test, "cli.name" of every script, the path of every scenario.
std::set<std::string> tests_there_are()
{
    const paths::path root = chaos::testing::source_dir();
    const std::regex test(R"((?:^|\n)TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\))");
    const std::regex script(R"(chaos_script\(([a-z_]+\.[a-z_]+) )");
    std::set<std::string> names;
    for (const auto& entry : paths::recursive_directory_iterator(root / "tests")) {
        if (entry.path().extension() == ".cpp") collect(text_of(entry.path()), test, "$1.$2", names);
    }
    collect(text_of(root / "tests/CMakeLists.txt"), script, "$1", names);
    for (const char* folder : {"scenarios", "tests/zoo/scenarios"}) {
        for (const auto& entry : paths::directory_iterator(root / folder)) {
            names.insert(paths::relative(entry.path(), root).generic_string());
        }
    }
    return names;
}

/// The last cell of each row of the tables, headings left out.
std::vector<std::string> last_cells(const std::string& page)
{
    std::vector<std::string> cells;
    std::istringstream lines(page);
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with("| ") || !line.ends_with(" |") || line.ends_with("| The test |")) continue;
        const auto bar = line.rfind('|', line.size() - 2);
        cells.push_back(line.substr(bar + 1, line.size() - bar - 2));
    }
    return cells;
}

TEST(FailoverBugs, EveryRowNamesTestsThatExist)
{
    const std::set<std::string> there = tests_there_are();
    const std::vector<std::string> cells = last_cells(text_of(chaos::testing::source_dir() + "/docs/failover_bugs.md"));
    EXPECT_GT(cells.size(), 50U) << "the tables are no longer found";
    const std::regex quoted("`([^`]+)`");
    for (const std::string& cell : cells) {
        std::set<std::string> named;
        collect(cell, quoted, "$1", named);
        EXPECT_FALSE(named.empty()) << cell;
        for (const std::string& name : named) EXPECT_EQ(there.count(name), 1U) << name << " does not exist";
    }
}

TEST(FailoverBugs, ATestThatIsNotThereIsNotFound)
{
    const std::set<std::string> there = tests_there_are();
    EXPECT_EQ(there.count("FailoverBugs.EveryRowNamesTestsThatExist"), 1U);
    EXPECT_EQ(there.count("cli.docs"), 1U);
    EXPECT_EQ(there.count("scenarios/outage.yaml"), 1U);
    EXPECT_EQ(there.count("FailoverBugs.NoSuchTest"), 0U);
    EXPECT_EQ(last_cells("| a | b | The test |\n|---|---|---|\n| a | b | `X.y` |\n"),
              std::vector<std::string>{" `X.y` "});
}

}  // namespace
