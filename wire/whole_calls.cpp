// Where one call ends and the next begins.
#include "wire/whole_calls.hpp"

#include <string_view>

#include "net/json.hpp"

namespace chaos::wire {

void WholeCalls::add(const delta::Call& piece, std::vector<ToolCall>& whole)
{
    const bool other_id = open_ && !piece.id.empty() && !open_->call.id.empty() && piece.id != open_->call.id;
    if (open_ && (open_->index != piece.index || other_id)) {
        end(whole);
        open_.reset();
    }
    if (!open_) {
        open_.emplace(piece.index);
    }
    if (open_->given) return;
    ToolCall& call = open_->call;
    if (call.id.empty()) call.id = piece.id;
    if (piece.name != call.name) call.name += piece.name;
    call.arguments += piece.arguments;
    if (is_complete(*open_)) end(whole);
}

void WholeCalls::end(std::vector<ToolCall>& whole)
{
    if (!open()) return;
    whole.push_back(open_->call);
    open_->given = true;
}

/// Whether the brackets of the arguments have closed. Looks at what came since the last time.
bool WholeCalls::is_complete(Open& open)
{
    const std::string& text = open.call.arguments;
    for (; open.scanned < text.size(); ++open.scanned) {
        const char c = text[open.scanned];
        if (open.in_string) {
            open.in_string = open.escaped || c != '"';
            open.escaped = c == '\\' && !open.escaped;
            continue;
        }
        const bool closes = c == '}' || c == ']';
        open.in_string = c == '"';
        open.depth += c == '{' || c == '[' ? 1 : closes ? -1 : 0;
        if (closes && open.depth <= 0) return true;
    }
    return false;
}

bool is_json_object(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && text[first] == '{' && net::json_problem(text).empty();
}

}  // namespace chaos::wire
