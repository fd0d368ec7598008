// The player: writes a script to the wire at its pace and to its end, and keeps the record of what really went out.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mock_providers/break_point.hpp"
#include "mock_providers/patience.hpp"
#include "mock_providers/pieces.hpp"
#include "mock_providers/script.hpp"
#include "net/http/server.hpp"
#include "net/runtime.hpp"

namespace chaos::mock_providers {

/// Where the countable parts of passing bytes end, however they are cut: events of a stream (lines, where the content
/// type knows no events), else every few bytes.
class Units {
public:
    Units(std::string_view content_type, bool stream);
    /// How many of the bytes come before the next end, `ended` if there is one among them.
    std::size_t next(std::string_view bytes, bool& ended);
    bool at_boundary() const { return length_ == 0; }

private:
    enum class Kind { events, lines, bytes };
    Kind kind_;
    std::size_t length_ = 0;
    bool line_is_empty_ = true;
};

class Player {
public:
    /// `headers` go with every response; `output_started` is called once, when the first content was written.
    Player(net::Runtime& runtime, net::http::ServerExchange& exchange, Script script, net::http::Headers headers,
           std::function<void()> output_started);

    /// Returns when the response has ended one way or the other. Call once.
    net::Task<void> play();

    /// For a play() that was cancelled: completes the record with what had been sent by then.
    void interrupted();
    /// The record, when play() is over.
    const Sent& sent();

private:
    struct Stream;
    /// When something is due, and when it would be if nothing slowed the provider down.
    struct Due {
        net::Instant at;
        net::Instant naturally;
    };

    Due due_after(net::Duration slow, net::Duration natural) const;
    Due next_due(bool first) const;
    Due due_of(std::int64_t tokens) const;
    /// Also of a client that left in the meantime.
    void waited_for(const Due& due, bool at_all);

    net::Task<void> play_after_stop();
    net::Task<void> play_answer();
    net::Task<void> play_instead();
    net::Task<void> play_stream();
    void take_piece(const Piece& piece, StreamWriter& writer);
    net::Task<bool> break_off(const Piece& piece, BreakPoint::Part part, StreamWriter& writer);
    void write_last_words(StreamWriter& writer);
    net::Task<void> finish_body();
    net::Task<void> play_head_alone(net::http::Response response);
    net::Task<void> play_whole();
    net::Task<void> play_whole_in_parts(net::http::Response response, std::int64_t tokens);

    // In passing.cpp: an answer that comes from elsewhere.
    net::Task<void> play_passage();
    net::Task<void> say_upstream_failed(int status, std::string problem);
    net::Task<void> pass_on(Passage& passage, net::http::ResponseHead head);
    net::Task<void> end_passage();
    net::Task<void> break_down(std::string problem);

    // Each of these is false when the response is over: the client left, or it broke here.
    net::Task<bool> pass_head(net::http::ResponseHead head);
    net::Task<bool> pass_piece(std::string_view bytes, Units& units);
    net::Task<bool> hold_until(net::Instant at);
    net::Task<bool> stop_here();
    net::Task<bool> stay_silent(const Break& silence);
    net::Task<bool> wait_until(net::Instant at);
    net::Task<bool> wait_past_break(net::Instant at);
    net::Task<bool> keep_alive_until(net::Instant due);
    net::Task<bool> wait_for_tokens(Due due);
    net::Task<bool> before_waiting_until(net::Instant due);
    net::Task<bool> start_stream();
    net::Task<bool> respond(net::http::Response response);
    net::Task<bool> send_raw(std::string_view bytes);
    net::Task<bool> flush();
    net::Task<bool> flush_filter();
    net::Task<bool> send_body(std::string_view bytes);

    net::http::Response whole_response();
    bool breaks_at(Break::Where where) const { return script_.stop && script_.stop->where == where; }
    bool left();
    void note_output(std::size_t body_bytes);
    void note_token();

    net::Clock& clock_;
    net::http::ServerExchange& exchange_;
    net::http::Headers headers_;
    std::function<void()> output_started_;
    Patience patience_;
    Script script_;
    std::unique_ptr<BodyFilter> filter_;  ///< null: bodies go out as they are written
    Sent sent_;
    net::Instant received_;  ///< the request's last byte
    net::Instant due_;       ///< the last token's, or where the pace counts from
    net::Instant last_token_{};
    net::Instant silent_since_ = net::never;
    std::string batch_;  ///< events that are due and not yet written
    bool output_told_ = false;
    bool raw_body_ = false;   ///< the length of the body was said in the head
    bool closes_;             ///< its caller wants the connection closed after it
    bool streaming_ = false;  ///< the head of a stream went out
};

}  // namespace chaos::mock_providers
