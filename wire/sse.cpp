// Lines and fields of server-sent events (WHATWG HTML, section 9.2.6).
#include "wire/sse.hpp"

#include <algorithm>
#include <utility>

namespace chaos::wire {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// The first `c` in `bytes` at or after `from`, or their end.
std::size_t find_or_end(std::string_view bytes, char c, std::size_t from)
{
    return std::min(bytes.find(c, from), bytes.size());
}

}  // namespace

bool SseReader::feed(std::string_view bytes, std::vector<SseEvent>& events)
{
    std::size_t line_feed = 0;
    std::size_t carriage_return = 0;
    for (std::size_t at = 0; at < bytes.size() && !dead_;) {
        if (std::exchange(last_was_cr_, false) && bytes[at] == '\n') {
            ++at;
            continue;
        }
        // Looked up again only once passed: a long piece is searched once for each, however many lines it holds.
        if (line_feed <= at) line_feed = find_or_end(bytes, '\n', at);
        if (carriage_return <= at) carriage_return = find_or_end(bytes, '\r', at);
        std::size_t end = std::min(line_feed, carriage_return);
        dead_ = line_.size() + event_.data.size() + (end - at) > max_event_bytes_;
        if (dead_) break;
        line_.append(bytes, at, end - at);
        if (end == bytes.size()) break;
        last_was_cr_ = bytes[end] == '\r';
        end_line(events);
        at = end + 1;
    }
    return !dead_;
}

bool SseReader::in_the_middle() const
{
    return !line_.empty() || has_data_ || !event_.name.empty();
}

void SseReader::end_line(std::vector<SseEvent>& events)
{
    std::string_view line = line_;
    if (std::exchange(at_start_, false) && line.starts_with(byte_order_mark))
        line.remove_prefix(byte_order_mark.size());
    if (line.empty()) {
        end_event(events);
    } else if (line.front() == ':') {
        ++comments_;
    } else {
        std::size_t colon = line.find(':');
        std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
        if (value.starts_with(' ')) value.remove_prefix(1);
        set_field(line.substr(0, colon), value);
    }
    line_.clear();
}

void SseReader::set_field(std::string_view name, std::string_view value)
{
    if (name == "data") {
        if (has_data_) event_.data += '\n';
        event_.data += value;
        has_data_ = true;
    } else if (name == "event") {
        event_.name = value;
    } else if (name == "id" && value.find('\0') == std::string_view::npos) {
        event_.id = value;
    }
}

void SseReader::end_event(std::vector<SseEvent>& events)
{
    if (has_data_) events.push_back(event_);
    event_.name.clear();
    event_.data.clear();
    has_data_ = false;
}

std::string encode_sse(std::string_view data, std::string_view event_name)
{
    std::string result;
    result.reserve(data.size() + event_name.size() + 24);
    append_sse(result, data, event_name);
    return result;
}

void append_sse(std::string& out, std::string_view data, std::string_view event_name)
{
    if (!event_name.empty()) out.append("event: ").append(event_name).append("\n");
    while (true) {
        // Two searches for one byte: find_first_of goes byte by byte.
        const std::size_t end = std::min(data.find('\n'), data.find('\r'));
        out.append("data: ").append(data.substr(0, end)).append("\n");
        if (end == std::string_view::npos) break;
        data.remove_prefix(end + (data.substr(end).starts_with("\r\n") ? 2 : 1));
    }
    out += "\n";
}

}  // namespace chaos::wire
