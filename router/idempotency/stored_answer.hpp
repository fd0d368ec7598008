// An answer as it is kept: complete, successful, with the headers that matter.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/http/message.hpp"

namespace chaos::router {

struct StoredAnswer {
    net::http::ResponseHead head;
    bool stream = false;  ///< it was streamed: `body` is all of its bytes
    std::string body;
};

/// Without what belongs to one connection or one moment.
StoredAnswer answer_to_keep(const net::http::ResponseHead& head, bool stream, std::string body);

std::string write_stored_answer(const StoredAnswer& answer);
std::optional<StoredAnswer> read_stored_answer(std::string_view bytes);

/// Whether an answer that ended in order is the complete result that was asked for. A stream of events must show its
/// dialect's own last event, and no error: a stream that broke ends in order too, after an error event.
bool is_complete_success(const net::http::ResponseHead& head, bool stream, std::string_view body);

/// Whether these bytes of a stream hold what a client takes for its end: [DONE], message_stop, response.completed.
bool says_the_end(std::string_view bytes);

}  // namespace chaos::router
