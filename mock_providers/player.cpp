// Streams and whole answers, each with the places where it can break.
#include "mock_providers/player.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "mock_providers/written.hpp"
#include "net/http/codec.hpp"

namespace chaos::mock_providers {

namespace {

/// How much of a whole answer's body goes out with so many of its tokens; never all of it.
std::size_t bytes_before_break(const Script& script, const std::string& body, std::int64_t tokens)
{
    if (script.stop->where == Break::Where::tool_call) {
        const std::string_view key = script.api->arguments_key();
        const std::size_t arguments = std::min(body.find(key), body.size() - key.size()) + key.size();
        return std::min(arguments + script.answer.tool_calls.front().arguments.size() / 2, body.size() - 1);
    }
    const auto all = static_cast<std::size_t>(count_tokens(script.answer)) + 1;
    return body.size() * static_cast<std::size_t>(tokens) / all;
}

void add_missing(net::http::Headers& headers, const net::http::Headers& usual)
{
    for (const net::http::Header& header : usual) {
        if (!headers.contains(header.name)) {
            headers.add(header.name, header.value);
        }
    }
}

void replace(net::http::Headers& headers, const net::http::Headers& by)
{
    for (const net::http::Header& header : by) headers.set(header.name, header.value);
}

}  // namespace

/// What a stream still has to say; on the side, so that the coroutine that says it stays small.
struct Player::Stream {
    explicit Stream(const Script& script)
        : pieces(script),
          stop(break_point(script, pieces.listed())),
          writer(script.api->stream_writer(script.answer, script.include_usage))
    {
    }

    bool next()
    {
        piece = pieces.next();
        ++taken;
        return piece.has_value();
    }
    const BreakPoint* stops_here() const { return stop && taken == stop->piece + 1 ? &*stop : nullptr; }

    StreamPieces pieces;
    std::optional<BreakPoint> stop;
    std::unique_ptr<StreamWriter> writer;
    std::optional<Piece> piece;
    std::size_t taken = 0;
};

Player::Player(net::Runtime& runtime, net::http::ServerExchange& exchange, Script script, net::http::Headers headers,
               std::function<void()> output_started)
    : clock_(runtime.clock()),
      exchange_(exchange),
      headers_(std::move(headers)),
      output_started_(std::move(output_started)),
      patience_(runtime, exchange, [this] { left(); }),
      script_(std::move(script)),
      filter_(script_.filter ? script_.filter() : nullptr),
      received_(clock_.now()),
      due_(received_),
      closes_(exchange.request().head.headers.lists("connection", "close"))
{
}

net::Task<void> Player::play()
{
    return breaks_at(Break::Where::request) ? play_after_stop() : play_answer();
}

net::Task<void> Player::play_after_stop()
{
    const bool goes_on = co_await stop_here();
    if (goes_on) {
        co_await play_answer();
    }
}

net::Task<void> Player::play_answer()
{
    if (script_.instead) {
        return play_instead();
    }
    if (script_.passage) {
        return play_passage();
    }
    return script_.stream ? play_stream() : play_whole();
}

net::Task<void> Player::play_instead()
{
    if (script_.body_lost) {
        co_await play_head_alone(std::move(*script_.instead));
        co_return;
    }
    const bool sent = co_await respond(std::move(*script_.instead));
    sent_.end = sent ? WireEnd::complete : sent_.end;
    sent_.told_wait = sent ? script_.told_wait : std::nullopt;
}

net::Task<void> Player::play_stream()
{
    const auto stream = std::make_unique<Stream>(script_);
    bool goes_on = co_await wait_until(due_ + std::min(script_.natural.first_token, script_.pace.first_token));
    if (goes_on && breaks_at(Break::Where::head)) {
        goes_on = co_await stop_here();
    }
    if (goes_on) {
        goes_on = co_await start_stream();
    }
    while (goes_on && stream->next()) {
        const Piece& piece = *stream->piece;
        if (const BreakPoint* stop = stream->stops_here()) {
            goes_on = co_await break_off(piece, stop->part, *stream->writer);
            if (!goes_on || stop->part != BreakPoint::Part::none) {
                continue;
            }
        }
        if (piece.token) {
            const Due due = next_due(sent_.tokens == 0);
            const bool waits = co_await before_waiting_until(due.at);
            goes_on = waits;
            if (waits) {
                goes_on = co_await wait_until(due.at);
            }
            waited_for(due, waits);
        }
        if (goes_on) {
            take_piece(piece, *stream->writer);
        }
    }
    if (goes_on) {
        goes_on = co_await flush();
    }
    if (goes_on) {
        goes_on = co_await flush_filter();
    }
    if (goes_on) {
        co_await finish_body();
    }
}

net::Task<void> Player::finish_body()
{
    const net::Error error = co_await exchange_.finish();
    sent_.end = error ? WireEnd::client_left : WireEnd::complete;
    sent_.client_left = sent_.client_left || error;
}

/// True if the silence here came to its end: then the piece follows, or has been played with what was left of it.
net::Task<bool> Player::break_off(const Piece& piece, BreakPoint::Part part, StreamWriter& writer)
{
    std::string event;
    if (part != BreakPoint::Part::none) {
        write_piece(event, piece, writer, script_);
    }
    const std::string_view out = part_of(event, part);
    batch_ += out;
    write_last_words(writer);
    const bool goes_on = co_await stop_here();
    if (!goes_on) {
        co_return false;
    }
    if (part != BreakPoint::Part::none) {
        note_token();
        batch_ += std::string_view(event).substr(out.size());
    }
    co_return true;
}

/// What still goes out where the stream breaks.
void Player::write_last_words(StreamWriter& writer)
{
    switch (script_.stop->how) {
        case Stop::silence:
            break;
        case Stop::fin:
        case Stop::reset:
        case Stop::clean:
            writer.break_off(batch_);
            break;
        case Stop::error_event:
            writer.write(batch_, wire::delta::Failed{script_.usual_error(500)});
            break;
        case Stop::garbage:
            writer.write(batch_, wire::delta::Malformed{"garbage", "upstream error: read ECONNRESET"});
            break;
    }
}

void Player::take_piece(const Piece& piece, StreamWriter& writer)
{
    if (piece.token) {
        note_token();
    }
    write_piece(batch_, piece, writer, script_);
}

net::Task<void> Player::play_head_alone(net::http::Response response)
{
    add_missing(response.head.headers, headers_);
    response.head.headers.set("content-length", fmt::to_string(response.body.size()));
    const std::string head = net::http::encode(response.head);
    const bool sent = co_await send_raw(head);
    if (sent) {
        sent_.status = response.head.status;
        sent_.end = WireEnd::cut_fin;
        exchange_.close(net::Close::fin);
    }
}

net::http::Response Player::whole_response()
{
    net::http::Response response;
    response.head.headers.add("content-type", "application/json");
    response.body = written_whole(script_);
    replace(response.head.headers, script_.headers);
    sent_.unfiltered_bytes = response.body.size();
    if (filter_) {
        response.body = filter_->pass(response.body);
        response.body += filter_->finish();
    }
    return response;
}

net::Task<void> Player::play_whole()
{
    net::http::Response response = whole_response();
    const std::int64_t tokens = count_tokens(script_.answer);
    if (breaks_at(Break::Where::tokens) || breaks_at(Break::Where::tool_call)) {
        co_await play_whole_in_parts(std::move(response), tokens);
        co_return;
    }
    bool goes_on = co_await wait_for_tokens(due_of(tokens));
    if (goes_on && breaks_at(Break::Where::head)) {
        goes_on = co_await stop_here();
    }
    if (goes_on) {
        goes_on = co_await respond(std::move(response));
    }
    if (goes_on) {
        sent_.tokens = tokens;
        sent_.first_token_after = clock_.now() - received_;
        sent_.end = WireEnd::complete;
    }
}

net::Task<void> Player::play_whole_in_parts(net::http::Response response, std::int64_t tokens)
{
    const std::int64_t before = std::min(script_.stop->after_tokens, tokens);
    const std::size_t length = bytes_before_break(script_, response.body, before);
    bool goes_on = co_await wait_for_tokens(due_of(before));
    if (goes_on) {
        add_missing(response.head.headers, headers_);
        response.head.headers.set("content-length", fmt::to_string(response.body.size()));
        const std::string part = net::http::encode(response.head) + response.body.substr(0, length);
        sent_.status = response.head.status;
        goes_on = co_await send_raw(part);
        note_output(length);
        sent_.tokens = before;
        sent_.first_token_after = clock_.now() - received_;
    }
    if (goes_on) {
        goes_on = co_await stop_here();
    }
    if (goes_on) {
        const std::string rest = response.body.substr(length);
        goes_on = co_await send_raw(rest);
        note_output(rest.size());
    }
    if (goes_on) {
        if (!closes_) {
            exchange_.keep_after_raw();
        }
        sent_.tokens = tokens;
        sent_.end = WireEnd::complete;
    }
}

net::Task<bool> Player::stop_here()
{
    bool goes_on = co_await flush();
    if (!goes_on) {
        co_return false;
    }
    const Break here = std::move(*script_.stop);
    script_.stop.reset();
    sent_.broke_off = true;
    switch (here.how) {
        case Stop::fin:
            exchange_.close(net::Close::fin);
            sent_.end = WireEnd::cut_fin;
            break;
        case Stop::reset:
            // What was sent arrives first; an immediate reset would take most of it along.
            co_await exchange_.drained();
            exchange_.close(net::Close::reset);
            sent_.end = WireEnd::cut_reset;
            break;
        case Stop::silence:
            goes_on = co_await stay_silent(here);
            co_return goes_on;
        case Stop::clean:
        case Stop::error_event:
        case Stop::garbage:
            co_await finish_body();
            break;
    }
    co_return false;
}

net::Task<bool> Player::stay_silent(const Break& silence)
{
    silent_since_ = clock_.now();
    sent_.fell_silent = Sent::Silence::until_end;
    const net::Instant at_most = silence.at_most ? silent_since_ + *silence.at_most : net::never;
    const bool over = co_await patience_.until(std::min(silence.release, at_most));
    due_ = clock_.now();
    sent_.silence = due_ - silent_since_;
    silent_since_ = net::never;
    if (!over) {
        sent_.fell_silent = Sent::Silence::until_client_left;
        sent_.end = silence.notices_client ? WireEnd::client_left : WireEnd::silent;
        co_return false;
    }
    const bool released = due_ >= silence.release;
    sent_.fell_silent = released ? Sent::Silence::released : Sent::Silence::hold_over;
    if (!released) {
        script_.instead = silence.afterwards;
    }
    co_return true;
}

/// Where nothing breaks in the meantime the wait is all there is, and thousands may be in it.
net::Task<bool> Player::wait_until(net::Instant at)
{
    if (breaks_at(Break::Where::age) && received_ + script_.stop->age < at) {
        return wait_past_break(at);
    }
    return patience_.until(at);
}

net::Task<bool> Player::wait_past_break(net::Instant at)
{
    bool goes_on = co_await patience_.until(received_ + script_.stop->age);
    if (goes_on) {
        goes_on = co_await stop_here();
    }
    if (goes_on) {
        goes_on = co_await wait_until(at);
    }
    co_return goes_on;
}

Player::Due Player::due_after(net::Duration slow, net::Duration natural) const
{
    Due due{due_ + slow, due_ + natural};
    if (due.at > due.naturally) {
        due.at = std::min(due.at, std::max(due.naturally, script_.pace_release));
    }
    return due;
}

Player::Due Player::next_due(bool first) const
{
    return first ? due_after(script_.pace.first_token, script_.natural.first_token)
                 : due_after(script_.pace.between_tokens, script_.natural.between_tokens);
}

/// Of so many at once, the first among them.
Player::Due Player::due_of(std::int64_t tokens) const
{
    return due_after(script_.pace.first_token + tokens * script_.pace.between_tokens,
                     script_.natural.first_token + tokens * script_.natural.between_tokens);
}

void Player::waited_for(const Due& due, bool at_all)
{
    if (at_all) {
        sent_.held_back += std::max(net::Duration{}, std::min(clock_.now(), due.at) - due.naturally);
    }
    due_ = due.at;
}

net::Task<bool> Player::before_waiting_until(net::Instant due)
{
    bool goes_on = true;
    if (due > clock_.now() && !batch_.empty()) {
        goes_on = co_await flush();
    }
    if (goes_on) {
        goes_on = co_await keep_alive_until(due);
    }
    co_return goes_on;
}

net::Task<bool> Player::wait_for_tokens(Due due)
{
    const bool waits = co_await before_waiting_until(due.at);
    bool goes_on = waits;
    if (waits) {
        goes_on = co_await wait_until(due.at);
    }
    waited_for(due, waits);
    co_return goes_on;
}

net::Task<bool> Player::keep_alive_until(net::Instant due)
{
    bool goes_on = true;
    while (goes_on && script_.keep_alive && streaming_ && clock_.now() + *script_.keep_alive < due) {
        goes_on = co_await wait_until(clock_.now() + *script_.keep_alive);
        if (goes_on) {
            batch_ += script_.api->keep_alive();
            goes_on = co_await flush();
            ++sent_.keep_alives;
        }
    }
    co_return goes_on;
}

net::Task<bool> Player::start_stream()
{
    net::http::ResponseHead head;
    head.headers.add("content-type", script_.api->stream_content_type());
    head.headers.add("cache-control", "no-cache");
    replace(head.headers, script_.headers);
    add_missing(head.headers, std::exchange(headers_, {}));
    const net::Error error = co_await exchange_.start(std::move(head));
    sent_.status = error ? 0 : 200;
    streaming_ = !error;
    co_return !error || left();
}

net::Task<bool> Player::respond(net::http::Response response)
{
    add_missing(response.head.headers, headers_);
    const int status = response.head.status;
    const std::size_t body_bytes = response.body.size();
    const net::Error error = co_await exchange_.respond(std::move(response));
    if (error) {
        co_return left();
    }
    sent_.status = status;
    note_output(status == 200 && !script_.instead ? body_bytes : 0);
    sent_.body_bytes = body_bytes;
    co_return true;
}

net::Task<bool> Player::send_raw(std::string_view bytes)
{
    const net::Error error = co_await exchange_.send_raw(bytes);
    co_return !error || left();
}

net::Task<bool> Player::flush()
{
    std::string bytes = std::exchange(batch_, {});
    sent_.unfiltered_bytes += bytes.size();
    if (filter_ && !bytes.empty()) {
        bytes = filter_->pass(bytes);
    }
    const bool goes_on = co_await send_body(bytes);
    co_return goes_on;
}

net::Task<bool> Player::flush_filter()
{
    const std::string rest = filter_ ? filter_->finish() : "";
    const bool goes_on = co_await send_body(rest);
    co_return goes_on;
}

net::Task<bool> Player::send_body(std::string_view bytes)
{
    while (!bytes.empty()) {
        const std::string_view part = bytes.substr(0, script_.largest_write);
        const net::Error error = raw_body_ ? co_await exchange_.send_raw(part) : co_await exchange_.send(part);
        if (error) {
            co_return left();
        }
        ++sent_.writes;
        note_output(sent_.tokens > 0 ? part.size() : 0);
        sent_.body_bytes += sent_.tokens > 0 ? 0 : part.size();
        bytes.remove_prefix(part.size());
    }
    co_return true;
}

/// The client is gone: nothing that follows could arrive.
bool Player::left()
{
    sent_.client_left = true;
    sent_.end = WireEnd::client_left;
    exchange_.close(net::Close::reset);
    return false;
}

void Player::note_output(std::size_t body_bytes)
{
    sent_.body_bytes += body_bytes;
    if (body_bytes > 0 && !output_told_) {
        output_told_ = true;
        output_started_();
    }
}

void Player::note_token()
{
    const net::Instant now = clock_.now();
    if (sent_.tokens == 0) {
        sent_.first_token_after = now - received_;
    } else {
        sent_.longest_pause = std::max(sent_.longest_pause, now - last_token_);
    }
    last_token_ = now;
    ++sent_.tokens;
}

const Sent& Player::sent()
{
    sent_.waited = sent_.first_token_after.value_or(clock_.now() - received_);
    return sent_;
}

void Player::interrupted()
{
    sent_.end = WireEnd::cut_reset;
    if (silent_since_ != net::never) {
        sent_.silence = clock_.now() - silent_since_;
        sent_.end = WireEnd::silent;
    }
}

}  // namespace chaos::mock_providers
