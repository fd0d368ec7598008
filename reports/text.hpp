// Text that is safe to show: valid UTF-8 without control characters, cut and wrapped between characters.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "history/verdict.hpp"
#include "net/time.hpp"

namespace chaos::reports {

/// Bytes that are not UTF-8, and characters that XML forbids, become U+FFFD; control characters other than tab and line feed
/// vanish. What subjects and mocks wrote may hold anything, also escape sequences of terminals.
std::string clean(std::string_view text);

/// Clean, without line breaks, at most `most` characters (the last one is then an ellipsis).
std::string one_line(std::string_view text, std::size_t most);

/// Columns that clean text takes, one for each character.
std::size_t columns(std::string_view text);

/// Clean text in lines of at most `width` columns that begin at column `indent`; the first line is not indented. Breaks between
/// words, and inside a word only if it is longer than a line. Ends without a line feed.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width);

/// "event 10", "events 10, 11, ..." (at most `most` numbers); nothing if the finding names none.
std::string events_in_words(const history::Finding& finding, std::size_t most);

/// Seconds with three decimals: "1.250".
std::string decimal_seconds(net::Duration duration);

}  // namespace chaos::reports
