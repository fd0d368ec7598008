// Newline-delimited JSON: a reader that takes bytes in any pieces and gives whole lines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace chaos::wire {

/// A line ends in LF; a CR before it is dropped, and so are lines without anything on them.
class NdjsonReader {
public:
    explicit NdjsonReader(std::size_t max_line_bytes = 4 * 1024 * 1024) : max_line_bytes_(max_line_bytes) {}

    /// Adds bytes, appends the lines they complete. False once a line exceeds the limit; the reader is then dead.
    bool feed(std::string_view bytes, std::vector<std::string>& lines);
    /// What came after the last LF: at the end of a stream a line that lacks its end, or half a line.
    const std::string& rest() const { return line_; }

private:
    void end_line(std::vector<std::string>& lines);

    std::size_t max_line_bytes_;
    std::string line_;
    bool dead_ = false;
};

}  // namespace chaos::wire
