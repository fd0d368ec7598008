// The player's way with an answer that is not its own: passes it on as it comes, and counts what passes so that faults
// can act on it.
#include <fmt/format.h>

#include <algorithm>

#include "mock_providers/passage.hpp"
#include "mock_providers/player.hpp"
#include "net/http/codec.hpp"

namespace chaos::mock_providers {

namespace {

/// In an answer that is not streamed so many bytes count as a token.
constexpr std::size_t bytes_of_a_token = 4;

}  // namespace

Units::Units(std::string_view content_type, bool stream)
    : kind_(content_type.find("event-stream") != std::string_view::npos ? Kind::events
            : stream                                                   ? Kind::lines
                                                                       : Kind::bytes)
{
}

std::size_t Units::next(std::string_view bytes, bool& ended)
{
    ended = false;
    for (std::size_t n = 0; n < bytes.size(); ++n) {
        const bool line_ended = bytes[n] == '\n';
        ++length_;
        ended = kind_ == Kind::bytes   ? length_ == bytes_of_a_token
                : kind_ == Kind::lines ? line_ended
                                       : line_ended && line_is_empty_;
        line_is_empty_ = line_ended || (line_is_empty_ && bytes[n] == '\r');
        if (ended) {
            length_ = 0;
            return n + 1;
        }
    }
    return bytes.size();
}

net::Task<void> Player::play_passage()
{
    const std::shared_ptr<Passage> passage = script_.passage;
    patience_.when_gone([passage] { passage->abort(); });
    Passage::Opening opening = co_await passage->open();
    if (exchange_.client_gone()) {
        left();
    } else if (opening.head) {
        co_await pass_on(*passage, std::move(*opening.head));
    } else {
        co_await say_upstream_failed(opening.status, std::move(opening.problem));
    }
    patience_.when_gone({});
}

net::Task<void> Player::say_upstream_failed(int status, std::string problem)
{
    wire::ProviderError error = script_.usual_error(status);
    error.message = fmt::format("The endpoint behind this provider {}.", problem);
    sent_.problem = std::move(problem);
    net::http::Response response = script_.error_response(error);
    script_.instead = response;  // none of its bytes are an answer's
    const bool sent = co_await respond(std::move(response));
    sent_.end = sent ? WireEnd::complete : sent_.end;
}

net::Task<void> Player::pass_on(Passage& passage, net::http::ResponseHead head)
{
    Units units(head.headers.find("content-type").value_or(""), script_.stream);
    bool goes_on = co_await hold_until(received_ + script_.pace.first_token);
    if (goes_on && breaks_at(Break::Where::head)) {
        goes_on = co_await stop_here();
    }
    if (goes_on) {
        goes_on = co_await pass_head(std::move(head));
    }
    while (goes_on) {
        Passage::Piece piece = co_await passage.next();
        if (!piece.problem.empty()) {
            co_await break_down(std::move(piece.problem));
            co_return;
        }
        if (piece.bytes.empty()) {
            break;
        }
        goes_on = co_await pass_piece(piece.bytes, units);
    }
    if (goes_on && breaks_at(Break::Where::tokens)) {
        goes_on = co_await stop_here();
    }
    if (goes_on) {
        co_await end_passage();
    }
}

/// With the length it has, if the answer is no stream; else in chunks, whatever it came in.
net::Task<bool> Player::pass_head(net::http::ResponseHead head)
{
    const int status = head.status;
    raw_body_ = !script_.stream && head.headers.contains("content-length") && exchange_.request().head.method != "HEAD" &&
                status != 204 && status != 304;
    net::Error error;
    if (raw_body_) {
        const std::string bytes = net::http::encode(head);
        error = co_await exchange_.send_raw(bytes);
    } else {
        error = co_await exchange_.start(std::move(head));
    }
    sent_.status = error ? 0 : status;
    co_return !error || left();
}

net::Task<bool> Player::pass_piece(std::string_view bytes, Units& units)
{
    bool goes_on = true;
    while (goes_on && !bytes.empty()) {
        if (breaks_at(Break::Where::tokens) && sent_.tokens >= script_.stop->after_tokens) {
            goes_on = co_await stop_here();
            continue;
        }
        if (script_.stream && sent_.tokens > 0 && units.at_boundary()) {
            goes_on = co_await hold_until(clock_.now() + script_.pace.between_tokens);
            if (!goes_on) {
                break;
            }
        }
        bool ended = false;
        const std::size_t count = units.next(bytes, ended);
        batch_ += bytes.substr(0, count);
        bytes.remove_prefix(count);
        if (ended && sent_.status == 200) {
            note_token();
        }
    }
    if (goes_on) {
        goes_on = co_await flush();
    }
    co_return goes_on;
}

/// What is held back goes on at `at`, or where the fault's window ends. False when the client left meanwhile.
net::Task<bool> Player::hold_until(net::Instant at)
{
    const net::Instant began = clock_.now();
    const net::Instant due = std::min(at, std::max(began, script_.pace_release));
    if (due <= began) {
        co_return true;
    }
    bool goes_on = co_await flush();
    if (goes_on) {
        goes_on = co_await wait_until(due);
        sent_.held_back += clock_.now() - began;
    }
    co_return goes_on;
}

net::Task<void> Player::end_passage()
{
    if (raw_body_) {
        if (!closes_) {
            exchange_.keep_after_raw();
        }
        sent_.end = WireEnd::complete;
        co_return;
    }
    const net::Error error = co_await exchange_.finish();
    sent_.end = error ? WireEnd::client_left : WireEnd::complete;
    sent_.client_left = sent_.client_left || error;
}

/// What broke off behind us breaks off for the client, too: never a clean end.
net::Task<void> Player::break_down(std::string problem)
{
    if (exchange_.client_gone()) {
        left();
        co_return;
    }
    sent_.problem = std::move(problem);
    const bool goes_on = co_await flush();
    if (goes_on) {
        co_await exchange_.drained();
        exchange_.close(net::Close::reset);
        sent_.end = WireEnd::cut_reset;
    }
}

}  // namespace chaos::mock_providers
