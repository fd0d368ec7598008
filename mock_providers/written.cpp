// Pieces and bodies, each with the edits of the faults.
#include "mock_providers/written.hpp"

namespace chaos::mock_providers {

namespace {

/// Puts the reason, as the writer spells it in an event of its own, in place of the null of this event.
void say_finish(std::string& event, const wire::delta::Finish& finish, StreamWriter& writer, std::string_view key)
{
    std::string own_event;
    writer.write(own_event, finish);
    const std::size_t reason = own_event.find(key) + key.size();
    const std::size_t end = own_event.find_first_of(",}", reason);
    const std::size_t place = event.find(std::string(key) + "null");
    if (place != std::string::npos) {
        event.replace(place + key.size(), 4, own_event, reason, end - reason);
    }
}

}  // namespace

std::vector<Piece> pieces_of(const Script& script)
{
    std::vector<Piece> pieces = pieces_of(script.answer, script.include_usage);
    if (script.rearrange) {
        (*script.rearrange)(pieces);
    }
    return pieces;
}

StreamPieces::StreamPieces(const Script& script) : reader_(script.answer, script.include_usage)
{
    if (script.stop || script.rearrange) {
        listed_ = pieces_of(script);
    }
}

std::optional<Piece> StreamPieces::next()
{
    if (listed_.empty()) {
        return reader_.next();
    }
    return given_ < listed_.size() ? std::optional(listed_[given_++]) : std::nullopt;
}

void write_piece(std::string& out, const Piece& piece, StreamWriter& writer, const Script& script)
{
    if (!script.respell && !piece.finish) {
        writer.write(out, piece.delta);
        return;
    }
    std::string bytes;
    writer.write(bytes, piece.delta);
    if (piece.finish) {
        say_finish(bytes, *piece.finish, writer, script.api->finish_key());
    }
    if (script.respell) {
        (*script.respell)(bytes);
    }
    out += bytes;
}

std::string written_whole(const Script& script)
{
    std::string body = script.api->write_answer(script.answer);
    if (script.respell) {
        (*script.respell)(body);
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
