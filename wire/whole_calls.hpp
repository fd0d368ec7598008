// Pieces of calls in, whole calls out: for dialects that send each call at once.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "wire/chat.hpp"

namespace chaos::wire {

class WholeCalls {
public:
    /// Appends the calls that are whole now: the one of this piece if the brackets of its arguments have closed, and
    /// the one before if this is a piece of another.
    void add(const delta::Call& piece, std::vector<ToolCall>& whole);
    /// No more pieces come for the call under way: appends it as it is.
    void end(std::vector<ToolCall>& whole);
    /// The call under way; null if there is none.
    const ToolCall* open() const { return open_ && !open_->given ? &open_->call : nullptr; }

private:
    struct Open {
        explicit Open(int which) : index(which) {}

        int index;
        ToolCall call;
        std::size_t scanned = 0;  ///< of its arguments
        int depth = 0;            ///< open brackets there
        bool in_string = false;
        bool escaped = false;
        bool given = false;
    };
    static bool is_complete(Open& open);

    std::optional<Open> open_;  ///< also after it was given, to know what belongs to it
};

/// Whether `text` is a JSON object.
bool is_json_object(std::string_view text);

}  // namespace chaos::wire
