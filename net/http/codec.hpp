// HTTP/1.1 between bytes and values, without I/O. Reading leans on Boost.Beast's parser; writing is our own, because
// mock providers must be able to write what is wrong.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "net/http/limits.hpp"
#include "net/http/message.hpp"
#include "net/task.hpp"

namespace chaos::net::http {

/// The head with its terminating blank line; headers are written as they are, nothing is added.
std::string encode(const RequestHead& head);
std::string encode(const ResponseHead& head);
/// The same without the blank line. `room` is for what the caller will append.
std::string encode_open(const RequestHead& head, std::size_t room);
void append_decimal(std::string& out, std::uint64_t number);
void append_hexadecimal(std::string& out, std::uint64_t number);

/// One chunk of a chunked body. `bytes` must not be empty (an empty chunk would end the body).
std::string encode_chunk(std::string_view bytes);
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

enum class MessageKind { request, response };

/// Feeds bytes to a parser and takes heads and body pieces out. One object per message.
class MessageReader {
public:
    MessageReader(MessageKind kind, const Limits& limits);
    ~MessageReader();
    MessageReader(MessageReader&&) noexcept;

    /// For a response: it answers a HEAD request, so it has no body whatever its headers say.
    void expect_no_body();

    /// Consumes a prefix of `bytes`; returns how much. What is left belongs at the front of the next call's bytes (it
    /// may be an incomplete line), or to the next message. At most head_bytes are ever left while a message is
    /// incomplete. Errors, all of the http category, say what is malformed or which limit was exceeded (see
    /// refusal_status); after one the reader is of no more use.
    Result<std::size_t> feed(std::string_view bytes);

    /// Tells that the stream ended. An error if the message was not complete by then (see is_truncated).
    Error finish();

    bool head_done() const;
    bool message_done() const;
    /// Valid when head_done(). An interim 1xx response (except 101) is skipped; the head is the final one.
    const RequestHead& request_head() const;
    const ResponseHead& response_head() const;
    /// Moves the head out.
    RequestHead take_request_head();
    /// 10 or 11: HTTP/1.0 or HTTP/1.1.
    int version() const;
    /// The body decoded since the last call; moves it out. Trailer fields are dropped.
    std::string take_body();
    /// How much take_body() would give.
    std::size_t body_size() const;
    /// Whether the connection may be used for another message after this one.
    bool keep_alive() const;
    /// Whether the body ends only with the connection (no length, not chunked).
    bool until_close() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// True if `error` says that a limit was exceeded (431 or 413), and not that the bytes were malformed (400).
bool is_too_large(const Error& error);
/// True if `error` says that the stream ended before the message did.
bool is_truncated(const Error& error);
/// What a server answers to a reading error: 431 (head too large), 413 (body too large) or 400 (malformed).
int refusal_status(const Error& error);

}  // namespace chaos::net::http
