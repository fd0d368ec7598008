// What identifies a conversation, and the task within it that a request is about.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace chaos::router {

/// A user turn is a message of the user that says something: one that only carries tool results goes on with the task.
struct SessionFacts {
    std::uint64_t opening = 0;     ///< a hash of the system prompt and the first user turn
    std::uint64_t last_turn = 0;   ///< of the last user turn
    std::uint64_t user_turns = 0;  ///< how many there are
};

/// Reads them from a request of any dialect that callers speak; nothing if it is none. Keeps its buffers.
class SessionFactsReader {
public:
    SessionFactsReader();
    ~SessionFactsReader();
    std::optional<SessionFacts> read(std::string_view body);

private:
    struct Parser;
    std::unique_ptr<Parser> parser_;
};

}  // namespace chaos::router
