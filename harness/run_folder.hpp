// The folder a run leaves: scenario, plan, history, verdict and JUnit, each file written atomically.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/run.hpp"

namespace chaos::harness {

/// Writes `text` to `path` so that a reader sees the old file or the whole new one. Creates parent folders. Throws
/// std::runtime_error with the reason and the path.
void write_file_atomically(const std::string& path, const std::string& text);
/// The whole file; nothing if it cannot be read.
std::optional<std::string> read_file(const std::string& path);

/// One invocation's folder: DIR itself with --out, else runs/<time-id>, to which runs/latest then points.
class RunFolders {
public:
    explicit RunFolders(std::optional<std::string> out);

    /// Where this run's files go: <root>/<scenario>[/<subject>][/<repeat>].
    std::string folder_of(const RunSettings& settings, const std::string& scenario_name, bool name_subject) const;
    void write(const RunResult& result) const;
    const std::string& root() const { return root_; }

private:
    void point_latest() const;

    std::string root_;
    bool own_ = false;  ///< the root is runs/<time-id>, named by us
};

/// A run read back from its folder.
struct SavedRun {
    Scenario scenario;
    std::uint64_t seed = 0;
    history::History history;
};
/// Complains in `problem` (with the file it is about) and returns nothing if the folder cannot be judged.
std::optional<SavedRun> read_saved_run(const std::string& folder, std::string& problem);

}  // namespace chaos::harness
