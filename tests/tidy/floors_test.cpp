// Reads the source itself: who includes whom, and who names what only one folder may name.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/source_dir.hpp"

namespace {

namespace fs = std::filesystem;

const std::map<std::string, int> floors = {{"net", 0},     {"store", 0},          {"history", 1}, {"wire", 1},   {"config", 1},
                                           {"reports", 2}, {"mock_providers", 2}, {"router", 2},  {"harness", 3}};

struct Source {
    std::string path;  ///< relative to the project
    std::string folder;
    std::vector<std::string> lines;
};

std::vector<Source> sources()
{
    std::vector<Source> all;
    for (const auto& [folder, floor] : floors) {
        for (const auto& entry : fs::recursive_directory_iterator(fs::path(chaos::testing::source_dir()) / folder)) {
            const auto extension = entry.path().extension();
            if (extension != ".hpp" && extension != ".cpp") continue;
            Source source{fs::relative(entry.path(), chaos::testing::source_dir()).string(), folder, {}};
            std::ifstream in(entry.path());
            for (std::string line; std::getline(in, line);) source.lines.push_back(line);
            all.push_back(std::move(source));
        }
    }
    return all;
}

// Every place where `pattern` stands in a file for which `allowed` is false, as "path:line: text".
std::string places(const std::string& pattern, const std::function<bool(const Source&)>& allowed)
{
    const std::regex expression(pattern);
    std::string found;
    for (const Source& source : sources()) {
        if (allowed(source)) continue;
        for (std::size_t n = 0; n < source.lines.size(); ++n) {
            if (!std::regex_search(source.lines[n], expression)) continue;
            found += source.path + ":" + std::to_string(n + 1) + ": " + source.lines[n] + "\n";
        }
    }
    return found;
}

bool within(const Source& source, const std::string& prefix) { return source.path.rfind(prefix, 0) == 0; }

TEST(Floors, AFolderIncludesOnlyFromLowerFloors)
{
    const std::regex include("^#include \"([a-z_]+)/");
    std::string wrong;
    int includes = 0;
    for (const Source& source : sources()) {
        for (const std::string& line : source.lines) {
            std::smatch match;
            if (!std::regex_search(line, match, include)) continue;
            ++includes;
            const auto floor = floors.find(match[1]);
            const bool fine = match[1] == source.folder ||
                              (floor != floors.end() && floor->second < floors.at(source.folder));
            if (!fine) wrong += source.path + " includes " + match[1].str() + "\n";
        }
    }
    EXPECT_EQ(wrong, "");
    EXPECT_GT(includes, 100) << "the pattern no longer finds the includes";
}

TEST(Floors, ClocksAndRandomnessAreNamedOnlyInTheRealWorld)
{
    EXPECT_EQ(places("steady_clock|system_clock|high_resolution_clock|random_device|mt19937|std::[a-z_]*_distribution|gettimeofday|clock_gettime",
                     [](const Source& source) { return within(source, "net/real/"); }),
              "");
}

TEST(Floors, SocketsAreNamedOnlyInTheRealWorld)
{
    EXPECT_EQ(places("ip::tcp|<sys/socket.h>|asio/ip/|beast::tcp_stream|steady_timer|signal_set",
                     [](const Source& source) { return within(source, "net/real/"); }),
              "");
}

TEST(Floors, ThreadsAreNamedOnlyInTheRealWorldAndTheStore)
{
    EXPECT_EQ(places("std::thread|std::jthread|std::async|pthread_create",
                     [](const Source& source) { return within(source, "net/real/") || source.folder == "store"; }),
              "");
}

TEST(Floors, EachLibraryIsNamedWhereItBelongs)
{
    EXPECT_EQ(places("<yaml-cpp/", [](const Source& source) { return source.folder == "config"; }), "");
    EXPECT_EQ(places("<sqlite3", [](const Source& source) { return source.folder == "store"; }), "");
    EXPECT_EQ(places("<pugixml", [](const Source& source) { return source.folder == "reports"; }), "");
    EXPECT_EQ(places("<boost/beast", [](const Source& source) { return within(source, "net/http/"); }), "");
    EXPECT_EQ(places("<boost/asio", [](const Source& source) { return source.folder != "wire" && source.folder != "history"; }), "");
    EXPECT_EQ(places("<httplib", [](const Source& source) {
                         return source.path == "harness/control_api.cpp" || source.path == "router/operation/admin_port.cpp";
                     }), "");
    EXPECT_EQ(places("<CLI/", [](const Source& source) { return within(source, "harness/cli/"); }), "");
}

TEST(Floors, NoRawOwnership)
{
    EXPECT_EQ(places("(=|return|\\() ?new [A-Za-z_:]+[({]|\\bdelete [a-z_]+;", [](const Source&) { return false; }), "");
}

TEST(Floors, EveryHeaderSaysFirstWhatItIs)
{
    std::string silent;
    for (const Source& source : sources()) {
        if (fs::path(source.path).extension() != ".hpp") continue;
        if (source.lines.empty() || source.lines.front().rfind("// ", 0) != 0) silent += source.path + "\n";
    }
    EXPECT_EQ(silent, "");
}

// The patterns above are worth something only if they find what they look for.
TEST(Floors, ThePatternsFindWhatIsThere)
{
    const auto nobody = [](const Source&) { return false; };
    EXPECT_NE(places("steady_clock", nobody), "");
    EXPECT_NE(places("asio/ip/", nobody), "");
    EXPECT_NE(places("std::thread", nobody), "");
    EXPECT_NE(places("<yaml-cpp/", nobody), "");
}

}  // namespace
