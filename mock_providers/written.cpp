// Pieces and bodies, each with the edits of the faults.
#include "mock_providers/written.hpp"

namespace chaos::mock_providers {

std::vector<Piece> pieces_of(const Script& script)
{
    std::vector<Piece> pieces = pieces_of(script.answer, script.include_usage);
    if (script.rearrange) {
        script.rearrange(pieces);
    }
    return pieces;
}

void write_piece(std::string& out, const Piece& piece, StreamWriter& writer, const Script& script)
{
    if (!script.respell) {
        writer.write(out, piece.delta);
        return;
    }
    std::string bytes;
    writer.write(bytes, piece.delta);
    script.respell(bytes);
    out += bytes;
}

std::string written_whole(const Script& script)
{
    std::string body = script.api->write_answer(script.answer);
    if (script.respell) {
        script.respell(body);
    }
    return body;
}

std::string written(const Script& script)
{
    if (!script.stream) {
        return written_whole(script);
    }
    std::string body;
    const auto writer = script.api->stream_writer(script.answer, script.include_usage);
    for (const Piece& piece : pieces_of(script)) {
        write_piece(body, piece, *writer, script);
    }
    return body;
}

}  // namespace chaos::mock_providers
