// Server-sent events, by the WHATWG rules: a reader that takes bytes in any pieces, and a writer.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace chaos::wire {

struct SseEvent {
    std::string name;  ///< the `event:` field; empty stands for "message"
    std::string data;  ///< several `data:` lines joined by LF
    std::string id;    ///< the last `id:` seen; it stays for the events after
    bool operator==(const SseEvent&) const = default;
};

/// Lines end in LF, CRLF or CR, also when the pair is split between pieces; one leading BOM is dropped; comments and
/// unknown fields are ignored; an event without its blank line at the end of the stream is discarded.
class SseReader {
public:
    explicit SseReader(std::size_t max_event_bytes = 4 * 1024 * 1024) : max_event_bytes_(max_event_bytes) {}

    /// Adds bytes, appends the events they complete. False once an event exceeds the limit; the reader is then dead.
    bool feed(std::string_view bytes, std::vector<SseEvent>& events);
    /// True if bytes of an unfinished event or line are held: the stream ended in the middle of something.
    bool in_the_middle() const;
    std::size_t comments() const { return comments_; }

private:
    void end_line(std::vector<SseEvent>& events);
    void set_field(std::string_view name, std::string_view value);
    void end_event(std::vector<SseEvent>& events);

    std::size_t max_event_bytes_;
    std::string line_;
    SseEvent event_;
    bool has_data_ = false;
    bool at_start_ = true;
    bool last_was_cr_ = false;
    bool dead_ = false;
    std::size_t comments_ = 0;
};

/// "data: ...\n\n", with an `event:` line if named; data with line breaks becomes several data lines.
std::string encode_sse(std::string_view data, std::string_view event_name = {});
/// The same, added to `out`.
void append_sse(std::string& out, std::string_view data, std::string_view event_name = {});

}  // namespace chaos::wire
