// Lines out of bytes.
#include "wire/ndjson.hpp"

#include <utility>

namespace chaos::wire {

void NdjsonReader::end_line(std::vector<std::string>& lines)
{
    if (line_.ends_with('\r')) line_.pop_back();
    const bool blank = line_.find_first_not_of(" \t\r") == std::string::npos;
    if (!blank) lines.push_back(std::move(line_));
    line_.clear();
}

bool NdjsonReader::feed(std::string_view bytes, std::vector<std::string>& lines)
{
    while (!dead_ && !bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        const std::string_view piece = bytes.substr(0, end);
        dead_ = line_.size() + piece.size() > max_line_bytes_;
        if (dead_) break;
        line_ += piece;
        if (end == std::string_view::npos) break;
        end_line(lines);
        bytes.remove_prefix(end + 1);
    }
    return !dead_;
}

}  // namespace chaos::wire
