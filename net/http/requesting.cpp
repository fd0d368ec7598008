// Requesting: sends with an eye on early answers, reads with an eye on the connection's end.
#include "net/http/requesting.hpp"

#include <boost/asio/error.hpp>

namespace chaos::net::http {

using namespace std::string_view_literals;

namespace {

/// A request up to this size fits the send buffer of any connection that has nothing else to send; it is written by the
/// task that asked. A larger one may have to wait for the peer, who may meanwhile answer: it gets a task of its own.
constexpr std::size_t written_at_one_go = 16 * 1024;
/// For the fields that are added, besides the host's name.
constexpr std::size_t around_added = 64;

void append_host(std::string& out, const Endpoint& endpoint)
{
    const bool address = endpoint.host.find(':') != std::string::npos;
    out.append("host: "sv).append(address ? "["sv : ""sv).append(endpoint.host).append(address ? "]:"sv : ":"sv);
    append_decimal(out, endpoint.port);
    out += "\r\n"sv;
}

bool wants_length(const Request& request)
{
    const std::string& method = request.head.method;
    return !request.body.empty() || method == "POST" || method == "PUT" || method == "PATCH";
}

/// The head, with what the caller left to us: the host, and how long the body is.
std::string complete_head(Request& request, const Endpoint& endpoint, std::size_t room)
{
    Headers& headers = request.head.headers;
    const bool is_measured = wants_length(request) && !headers.contains("transfer-encoding");
    if (is_measured) headers.remove("content-length");
    std::string out = encode_open(request.head, endpoint.host.size() + around_added + room);
    if (!headers.contains("host")) append_host(out, endpoint);
    if (is_measured) {
        out += "content-length: "sv;
        append_decimal(out, request.body.size());
        out += "\r\n"sv;
    }
    return out.append("\r\n"sv);
}

}  // namespace

Requesting::Requesting(std::shared_ptr<Pool> pool, Endpoint endpoint, std::shared_ptr<Connection> connection,
                       bool reused, const Limits& limits)
    : pool_(std::move(pool)),
      endpoint_(std::move(endpoint)),
      connection_(std::move(connection)),
      reader_(MessageKind::response, limits),
      received_before_(connection_->bytes_received()),
      reused_(reused)
{
}

Task<Error> Requesting::write(Executor executor, Request& request)
{
    if (request.head.method == "HEAD") reader_.expect_no_body();
    const bool appended = request.body.size() <= written_at_one_go;
    written_ = complete_head(request, endpoint_, appended ? request.body.size() : 0);
    if (written_.size() + request.body.size() > written_at_one_go) {
        outgoing_ =
            std::make_shared<Outgoing>(Outgoing{std::exchange(written_, {}), std::move(request.body), false, {}});
        return write_in_background(executor, outgoing_);
    }
    written_ += request.body;
    return connection_->write(written_);
}

Task<Error> Requesting::settle(Error write_error)
{
    written_ = {};
    written_.shrink_to_fit();
    if (write_error) return wait_for_response_after(write_error);
    return Task<Error>::done(aborted_ ? fail(Phase::send, asio::error::operation_aborted) : Error());
}

Task<void> Requesting::write_out(std::shared_ptr<Connection> connection, std::shared_ptr<Outgoing> outgoing)
{
    outgoing->error = co_await connection->write(outgoing->head);
    if (!outgoing->error) {
        outgoing->error = co_await connection->write(outgoing->body);
    }
    outgoing->done = true;
    connection->wake();
}

Task<Error> Requesting::write_in_background(Executor executor, std::shared_ptr<Outgoing> outgoing)
{
    start_task(executor, write_out(connection_, outgoing));
    while (!outgoing->done && !any_response_byte() && !connection_->ended()) {
        co_await connection_->changed();
    }
    if (outgoing->done) co_return outgoing->error;
    if (any_response_byte()) co_return Error();
    co_return connection_->error() ? connection_->error() : Error(asio::error::eof);
}

/// A peer that answers early and closes breaks the write, yet its answer can still be read.
Task<Error> Requesting::wait_for_response_after(Error write_error)
{
    while (!any_response_byte() && !connection_->ended()) {
        co_await connection_->changed();
    }
    if (aborted_ || !any_response_byte()) {
        co_return fail(Phase::send, write_error);
    }
    request_broken_ = true;
    co_return Error();
}

Task<Result<const ResponseHead*>> Requesting::head()
{
    while (!reader_.head_done()) {
        const Error error = take_in();
        if (reader_.head_done()) {
            break;  // what is wrong with the body is told when the body is read
        }
        if (error) {
            co_return fail(Phase::head, error);
        }
        if (!connection_->ended()) {
            co_await connection_->changed();
        }
    }
    release_if_done();
    co_return &reader_.response_head();
}

Task<Result<std::string>> Requesting::read_body()
{
    std::optional<Result<std::string>> piece = next_piece();
    return piece ? Task<Result<std::string>>::done(*std::move(piece)) : read_body_later();
}

Task<Result<std::string>> Requesting::read_body_later()
{
    while (true) {
        if (!connection_->ended()) co_await connection_->changed();
        std::optional<Result<std::string>> piece = next_piece();
        if (piece) co_return *std::move(piece);
    }
}

/// What there is of the body; nothing while it has to be waited for.
std::optional<Result<std::string>> Requesting::next_piece()
{
    if (!over() && reader_.body_size() == 0) {
        const Error error = take_in();
        if (error && reader_.body_size() == 0) return fail(phase(), error);
    }
    if (aborted_) return fail(phase(), asio::error::operation_aborted);
    if (!over() && reader_.body_size() == 0) return std::nullopt;
    release_if_done();
    return reader_.take_body();
}

Task<Result<std::string>> Requesting::read_all(std::size_t limit)
{
    while (!over() && reader_.body_size() <= limit) {
        const std::size_t before = reader_.body_size();
        const Error error = take_in();
        if (error) {
            co_return fail(phase(), error);
        }
        if (!over() && reader_.body_size() == before && !connection_->ended()) {
            co_await connection_->changed();
        }
    }
    if (aborted_ || reader_.body_size() > limit) {
        co_return fail(phase(), asio::error::message_size);
    }
    release_if_done();
    co_return reader_.take_body();
}

/// Feeds the reader what is there. An error if that was wrong, or if the connection ended without bringing any more.
Error Requesting::take_in()
{
    if (aborted_) {
        return asio::error::operation_aborted;
    }
    if (input_error_) {
        return input_error_;
    }
    const Result<std::size_t> used = reader_.feed(connection_->unread());
    if (!used) {
        input_error_ = used.error();
    } else {
        connection_->consume(*used);
        if (*used == 0 && connection_->ended()) {
            input_error_ = finish_at_end();
        }
    }
    return input_error_;
}

Error Requesting::finish_at_end()
{
    return connection_->error() ? connection_->error() : reader_.finish();
}

Error Requesting::fail(Phase phase, const Error& error)
{
    if (failure_.error) {
        return failure_.error;
    }
    failure_ = {phase, aborted_ ? Error(asio::error::operation_aborted) : error, reused_ && !any_response_byte()};
    if (connection_) {
        connection_->close(Close::reset);
    }
    return failure_.error;
}

bool Requesting::any_response_byte() const
{
    return !connection_ || connection_->bytes_received() > received_before_;
}

void Requesting::release_if_done()
{
    if (!connection_ || !reader_.message_done()) {
        return;
    }
    const std::shared_ptr<Connection> connection = std::move(connection_);
    if (!request_is_out() || request_broken_) {
        connection->close(Close::reset);
    } else if (reader_.keep_alive() && !connection->ended() && connection->unread().empty()) {
        pool_->park(endpoint_, connection);
    } else {
        connection->close(Close::fin);
    }
}

void Requesting::abort(Close how)
{
    if (connection_) {
        aborted_ = true;
        connection_->close(how);
    }
}

}  // namespace chaos::net::http
