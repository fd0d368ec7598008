// The last events of served mocks as JSON lines: written by their loop, read by whoever asks, from any thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>

namespace chaos::harness {

class EventLog {
public:
    /// Older lines make way for newer ones.
    explicit EventLog(std::size_t most_lines = 100'000) : most_(most_lines) {}

    void append(std::string_view line);
    void clear();
    /// Nothing more will come: whoever waits is told.
    void close();

    /// The lines after the `seen`th that ever came, which is then raised. If there are none and `wait`, waits until there
    /// are, or the log is closed, or a second has passed (so that a reader that went away is noticed).
    std::string lines_after(std::uint64_t& seen, bool wait);
    bool closed() const;

private:
    mutable std::mutex mutex_;
    std::condition_variable came_;
    std::deque<std::string> lines_;
    std::size_t most_;
    std::uint64_t dropped_ = 0;  ///< lines before the first that is kept
    bool closed_ = false;
};

}  // namespace chaos::harness
