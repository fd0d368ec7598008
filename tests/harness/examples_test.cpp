// The examples of the documentation can be read: those for the mocks alone as `chaos serve` reads them.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "harness/run_folder.hpp"
#include "harness/scenario.hpp"
#include "tests/support/source_dir.hpp"

namespace chaos::harness {
namespace {

std::vector<std::string> examples()
{
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(chaos::testing::source_dir() + "/docs/examples")) {
        const std::string name = entry.path().filename().string();
        const bool for_the_router_alone = name.starts_with("router") || name.starts_with("dependencies");
        if (entry.path().extension() == ".yaml" && !for_the_router_alone) files.push_back(entry.path().string());
    }
    std::sort(files.begin(), files.end());
    return files;
}

TEST(Examples, CanBeServed)
{
    ASSERT_FALSE(examples().empty());
    for (const std::string& file : examples()) {
        config::Complaints complaints(file);
        const auto scenario = read_scenario(file, read_file(file).value_or(""), complaints, Purpose::serve);
        for (const auto& complaint : complaints.sorted()) ADD_FAILURE() << config::to_string(complaint);
        ASSERT_TRUE(scenario) << file;
        EXPECT_FALSE(scenario->sentence.empty()) << file << " does not say what it shows";
    }
}

}  // namespace
}  // namespace chaos::harness
