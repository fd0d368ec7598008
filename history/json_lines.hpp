// history.jsonl: one JSON object a line, a header line with the version first; written and read back without loss.
#pragma once

#include <string>
#include <string_view>

#include "history/event.hpp"

namespace chaos::history {

/// {"chaos_history":1}
std::string header_line();
/// One line with its LF; only filled fields, always in the same order, times as integer nanoseconds.
void append_line(std::string& out, const Event& event);
void append_line(std::string& out, const Note& note);
/// The whole file, events and notes merged by time (an event before a note of the same instant). Bytes that are not UTF-8
/// become U+FFFD; everything else comes back as it was.
std::string to_json_lines(const History& history);

struct ReadHistory {
    History history;
    std::string problem;  ///< empty, or "line 17: ..." for a file that cannot be used
};
/// A last line that was cut off (a crash), a missing run_ended, or a run_ended that says why it came early mark the history
/// as interrupted instead of being a problem. Unknown members are a problem: they may be what the judgement depends on.
ReadHistory from_json_lines(std::string_view text);

}  // namespace chaos::history
