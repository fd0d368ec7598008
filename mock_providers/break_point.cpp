// Counting tokens to the place where a stream breaks.
#include "mock_providers/break_point.hpp"

#include <algorithm>

namespace chaos::mock_providers {

namespace {

/// The first piece after so many tokens, but not the one that opens the stream.
std::size_t piece_after(std::int64_t tokens, const std::vector<Piece>& pieces)
{
    std::int64_t seen = 0;
    for (std::size_t n = 1; n < pieces.size(); ++n) {
        if (seen == tokens || !pieces[n].token) return n;
        ++seen;
    }
    return pieces.size() - 1;
}

/// Where the arguments of the first call stand, counted in tokens.
std::int64_t tokens_to_middle_of_call(const std::vector<Piece>& pieces)
{
    std::int64_t before = 0;
    std::int64_t fragments = 0;
    for (const Piece& piece : pieces) {
        const auto* call = std::get_if<wire::delta::Call>(&piece.delta);
        if (call != nullptr && call->index > 0) break;
        if (piece.inside_call) {
            ++fragments;
        } else if (piece.token) {
            ++before;
        }
    }
    return before + fragments / 2;
}

std::size_t place_of_finish(const std::vector<Piece>& pieces)
{
    const auto finish = std::find_if(pieces.begin(), pieces.end(), [](const Piece& piece) {
        return std::holds_alternative<wire::delta::Finish>(piece.delta);
    });
    return static_cast<std::size_t>(finish - pieces.begin());
}

bool begins_long_character(char c)
{
    return static_cast<unsigned char>(c) >= 0xC0;
}

bool holds_long_character(const Piece& piece)
{
    const auto* text = std::get_if<wire::delta::Text>(&piece.delta);
    return text != nullptr && std::any_of(text->text.begin(), text->text.end(), begins_long_character);
}

/// The first piece from `place` on with a character that can be torn; `place` if there is none.
std::size_t torn_piece_from(std::size_t place, const std::vector<Piece>& pieces)
{
    const auto from = pieces.begin() + static_cast<std::ptrdiff_t>(place);
    const auto found = std::find_if(from, pieces.end(), holds_long_character);
    return found == pieces.end() ? place : static_cast<std::size_t>(found - pieces.begin());
}

}  // namespace

std::optional<BreakPoint> break_point(const Script& script, const std::vector<Piece>& pieces)
{
    if (!script.stop) return std::nullopt;
    using Part = BreakPoint::Part;
    const std::int64_t tokens = script.stop->after_tokens;
    switch (script.stop->where) {
        case Break::Where::request:
        case Break::Where::head:
        case Break::Where::age:
            return std::nullopt;
        case Break::Where::tokens:
            return BreakPoint{piece_after(tokens, pieces), Part::none};
        case Break::Where::tool_call:
            return BreakPoint{piece_after(tokens_to_middle_of_call(pieces), pieces), Part::none};
        case Break::Where::event:
            return BreakPoint{piece_after(tokens, pieces), Part::half};
        case Break::Where::code_point:
            return BreakPoint{torn_piece_from(piece_after(tokens, pieces), pieces), Part::code_point};
        case Break::Where::finish:
            return BreakPoint{place_of_finish(pieces), Part::none};
        case Break::Where::terminator:
            return BreakPoint{place_of_finish(pieces) + 1, Part::none};
    }
    return std::nullopt;
}

std::string_view part_of(std::string_view event, BreakPoint::Part part)
{
    if (part == BreakPoint::Part::none) return "";
    const auto character = std::find_if(event.begin(), event.end(), begins_long_character);
    const bool in_character = part == BreakPoint::Part::code_point && character != event.end();
    return event.substr(0, in_character ? static_cast<std::size_t>(character - event.begin()) + 1 : event.size() / 2);
}

}  // namespace chaos::mock_providers
