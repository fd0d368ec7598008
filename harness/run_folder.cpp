#include "harness/run_folder.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "history/json_lines.hpp"
#include "net/json.hpp"
#include "net/real/reality.hpp"
#include "reports/report.hpp"

namespace chaos::harness {
namespace {

namespace fs = std::filesystem;

// "2026-03-01T12:00:00Z" as a name that sorts by time and that every file system takes: 20260301-120000.
std::string time_id()
{
    std::string digits;
    for (const char c : net::rfc3339(net::civil_time())) {
        if (c >= '0' && c <= '9') digits += c;
        if (c == 'T') digits += '-';
    }
    return digits;
}

std::string free_name(const fs::path& parent, const std::string& wanted)
{
    std::string name = wanted;
    for (int n = 2; fs::exists(parent / name); ++n) name = fmt::format("{}-{}", wanted, n);
    return name;
}

}  // namespace

void write_file_atomically(const std::string& path, const std::string& text)
{
    const fs::path target(path);
    std::error_code error;
    if (target.has_parent_path()) fs::create_directories(target.parent_path(), error);
    if (error) throw std::runtime_error(fmt::format("cannot create {}: {}", target.parent_path().string(), error.message()));
    const std::string temporary = path + ".tmp";
    {
        std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
        out.write(text.data(), static_cast<std::streamsize>(text.size()));
        out.flush();
        if (!out) throw std::runtime_error(fmt::format("cannot write {}: {}", path, std::strerror(errno)));
    }
    fs::rename(temporary, target, error);
    if (error) throw std::runtime_error(fmt::format("cannot write {}: {}", path, error.message()));
}

std::optional<std::string> read_file(const std::string& path)
{
    std::error_code error;
    if (!fs::is_regular_file(path, error)) return std::nullopt;
    std::ifstream in(path, std::ios::binary);
    if (!in) return std::nullopt;
    std::ostringstream text;
    text << in.rdbuf();
    return std::move(text).str();
}

RunFolders::RunFolders(std::optional<std::string> out)
{
    if (out) {
        root_ = *out;
        return;
    }
    own_ = true;
    root_ = (fs::path("runs") / free_name("runs", time_id())).string();
}

std::string RunFolders::folder_of(const RunSettings& settings, const std::string& scenario_name, bool name_subject) const
{
    fs::path folder = fs::path(root_) / scenario_name;
    if (name_subject) folder /= settings.subject.name;
    if (settings.repeat > 0) folder /= std::to_string(settings.repeat);
    return folder.string();
}

void RunFolders::write(const RunResult& result) const
{
    const std::string folder = result.account.folder + "/";
    write_file_atomically(folder + "scenario.yaml", result.plan.scenario.text);
    write_file_atomically(folder + "plan.json", to_json(result.plan));
    write_file_atomically(folder + "history.jsonl", history::to_json_lines(result.history));
    write_file_atomically(folder + "verdict.json", reports::json(result.account));
    write_file_atomically(folder + "junit.xml", reports::junit({result.account}));
    if (own_) point_latest();
}

void RunFolders::point_latest() const
{
    // A link cannot be replaced in place; a rename over it can.
    const fs::path temporary = fs::path("runs") / (fs::path(root_).filename().string() + ".latest");
    std::error_code error;
    fs::remove(temporary, error);
    fs::create_directory_symlink(fs::path(root_).filename(), temporary, error);
    if (!error) fs::rename(temporary, fs::path("runs") / "latest", error);
}

std::optional<SavedRun> read_saved_run(const std::string& folder, std::string& problem)
{
    const auto scenario_text = read_file(folder + "/scenario.yaml");
    const auto plan_text = read_file(folder + "/plan.json");
    const auto history_text = read_file(folder + "/history.jsonl");
    if (!scenario_text || !plan_text || !history_text) {
        problem = folder + ": not the folder of a run: expected scenario.yaml, plan.json and history.jsonl in it";
        return std::nullopt;
    }
    SavedRun saved;
    config::Complaints complaints(folder + "/scenario.yaml");
    auto scenario = read_scenario(folder + "/scenario.yaml", *scenario_text, complaints);
    if (!scenario) {
        for (const auto& complaint : complaints.sorted()) problem += config::to_string(complaint) + "\n";
        return std::nullopt;
    }
    saved.scenario = std::move(*scenario);
    const auto plan = net::parse_json(*plan_text);
    if (!plan || !plan->is_object() || !plan->contains("seed") || !(*plan)["seed"].is_number_unsigned()) {
        problem = folder + "/plan.json: expected a JSON object with a seed";
        return std::nullopt;
    }
    saved.seed = (*plan)["seed"].get<std::uint64_t>();
    auto history = history::from_json_lines(*history_text);
    if (!history.problem.empty()) {
        problem = folder + "/history.jsonl: " + history.problem;
        return std::nullopt;
    }
    saved.history = std::move(history.history);
    return saved;
}

}  // namespace chaos::harness
