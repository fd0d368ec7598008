// A script as bytes: what an answer comes to when time plays no part.
#pragma once

#include <string>
#include <vector>

#include "mock_providers/script.hpp"

namespace chaos::mock_providers {

/// The pieces of its stream, as the faults have rearranged them.
std::vector<Piece> pieces_of(const Script& script);

/// The same one by one. They are listed only where their places count: a list takes many times the memory of the answer.
class StreamPieces {
public:
    explicit StreamPieces(const Script& script);
    std::optional<Piece> next();
    /// Empty, if their places do not count.
    const std::vector<Piece>& listed() const { return listed_; }

private:
    PieceReader reader_;
    std::vector<Piece> listed_;
    std::size_t given_ = 0;
};

/// Appends one of them, as the faults have respelt it.
void write_piece(std::string& out, const Piece& piece, StreamWriter& writer, const Script& script);
/// The body of its answer when it is not streamed.
std::string written_whole(const Script& script);

/// Everything it would say, streamed or not.
std::string written(const Script& script);

/// Whether a fault shows in what the script would say. An API that cannot express it gives it no opportunity.
template <class Fault>
bool shows(const Fault& fault, const Script& script)
{
    Script edited = script;
    fault.inject(edited, net::never);
    return written(edited) != written(script);
}

}  // namespace chaos::mock_providers
