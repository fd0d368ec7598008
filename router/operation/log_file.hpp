// Where lines of the log go: a stream of this process or a file that can be opened anew. Safe for many threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace chaos::router {

/// Whoever is slow to read the lines is not waited for: what it has no room for is dropped and counted.
class LogFile {
public:
    /// "stdout", "stderr", "none" or the path of a file that is appended to. Throws std::system_error if it cannot be
    /// opened.
    explicit LogFile(std::string to);
    ~LogFile();
    LogFile(const LogFile&) = delete;
    LogFile& operator=(const LogFile&) = delete;

    /// Whole lines, each with its end.
    void write(std::string_view lines);
    /// Opens the file by its name again, after somebody has moved it away. The old one is kept if that fails: the
    /// reason.
    std::string reopen();
    bool wanted() const { return handle_.load() >= 0; }
    const std::string& to() const { return to_; }
    std::uint64_t dropped() const { return dropped_; }

private:
    bool take(std::string_view piece);

    std::string to_;
    bool own_ = false;  ///< a file of ours, not a stream of the process
    std::mutex mutex_;
    std::atomic<int> handle_{-1};
    std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace chaos::router
