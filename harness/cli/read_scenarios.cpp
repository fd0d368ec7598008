#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

#include "harness/cli/cli.hpp"
#include "harness/run_folder.hpp"

namespace chaos::harness::cli {
namespace {

namespace fs = std::filesystem;

bool is_yaml(const fs::path& path) { return path.extension() == ".yaml" || path.extension() == ".yml"; }

// The YAML files that `path` stands for, sorted; says on stderr what is wrong with it.
std::optional<std::vector<std::string>> files_at(const std::string& path)
{
    std::error_code error;
    if (fs::is_regular_file(path, error)) return std::vector<std::string>{path};
    if (!fs::is_directory(path, error)) {
        fmt::print(stderr, "{}: no such file or folder; expected a scenario\n", path);
        return std::nullopt;
    }
    std::vector<std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(path, error)) {
        if (entry.is_regular_file() && is_yaml(entry.path())) files.push_back(entry.path().string());
    }
    std::sort(files.begin(), files.end());
    if (!files.empty()) return files;
    fmt::print(stderr, "{}: no scenario in this folder; expected *.yaml files\n", path);
    return std::nullopt;
}

// Two scenarios of one name would share a folder and a JUnit suite.
bool names_differ(const std::vector<Scenario>& scenarios)
{
    for (std::size_t a = 0; a < scenarios.size(); ++a) {
        for (std::size_t b = a + 1; b < scenarios.size(); ++b) {
            if (scenarios[a].name != scenarios[b].name) continue;
            fmt::print(stderr, "{}: the name '{}' is also that of {}; names must differ in one invocation\n",
                       scenarios[b].file, scenarios[b].name, scenarios[a].file);
            return false;
        }
    }
    return true;
}

}  // namespace

std::optional<Scenario> read_one_scenario(const std::string& file, Purpose purpose)
{
    const auto text = read_file(file);
    if (!text) {
        fmt::print(stderr, "{}: no such file; expected a scenario\n", file);
        return std::nullopt;
    }
    config::Complaints complaints(file);
    auto scenario = read_scenario(file, *text, complaints, purpose);
    for (const config::Complaint& complaint : complaints.sorted()) fmt::print(stderr, "{}\n", config::to_string(complaint));
    return scenario;
}

std::optional<std::vector<Scenario>> read_scenarios(const std::vector<std::string>& paths)
{
    bool good = true;
    std::vector<Scenario> scenarios;
    for (const std::string& path : paths) {
        const auto files = files_at(path);
        good = good && files.has_value();
        if (!files) continue;
        for (const std::string& file : *files) {
            auto scenario = read_one_scenario(file, Purpose::run);
            good = good && scenario.has_value();
            if (scenario) scenarios.push_back(std::move(*scenario));
        }
    }
    if (!good || !names_differ(scenarios)) return std::nullopt;
    return scenarios;
}

}  // namespace chaos::harness::cli
