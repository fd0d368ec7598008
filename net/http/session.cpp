// Session: the order of things on one connection, and its deadlines.
#include "net/http/session.hpp"

#include <exception>

namespace chaos::net::http {

namespace {

/// How long a client that was refused may take to notice before its connection is reset.
constexpr Duration linger_time = std::chrono::seconds(2);
/// Memory for output that an idle connection may keep.
constexpr std::size_t kept_output = 64 * 1024;

/// The text of an exception.
std::string what_of(const std::exception_ptr& problem)
{
    try {
        std::rethrow_exception(problem);
    } catch (const std::exception& error) {
        return error.what();
    } catch (...) {
        return "not a std::exception";
    }
}

}  // namespace

Session::Session(ServerContext& server, std::shared_ptr<Connection> connection, std::uint64_t number)
    : server_(server),
      connection_(std::move(connection)),
      number_(number),
      watchdog_(server.runtime.clock(), [this] { bark(); })
{
    connection_->set_watcher(this);
    server_.sessions.emplace(number_, this);
}

Session::~Session()
{
    connection_->set_watcher(nullptr);
    connection_->close(Close::reset);
    server_.sessions.erase(number_);
    server_.session_ended.notify_all();
}

Task<void> Session::run(std::unique_ptr<Session> self)
{
    Session& session = *self;
    std::exception_ptr problem;
    try {
        bool goes_on = true;
        while (goes_on) {
            session.limit_idleness();
            while (session.waits_for_request()) co_await session.connection_->changed();
            Received received = Received::nothing;
            if (!session.connection_->unread().empty()) received = co_await session.receive();
            session.watchdog_.disarm();
            goes_on = received == Received::request;
            if (goes_on) {
                goes_on = co_await session.answer();
            } else if (received == Received::malformed) {
                co_await session.send_refusal();
            }
            if (goes_on && !session.connection_->unread().empty()) {
                // Many at once take turns with everybody else's.
                co_await sleep_for(session.server_.runtime.clock(), {});
            }
        }
        co_await session.leave();
    } catch (...) {
        problem = std::current_exception();
    }
    const bool cancelled = co_await is_cancelled();
    if (problem && !cancelled) {
        session.server_.report_problem(what_of(problem));
    }
}

void Session::limit_idleness()
{
    if (connection_->unread().empty()) set_deadline(server_.settings.limits.idle_timeout);
}

bool Session::waits_for_request() const
{
    return connection_->unread().empty() && !connection_->ended() && !watchdog_.expired() && !server_.stopping;
}

/// Of a request, of which the first bytes are here.
Task<Session::Received> Session::receive()
{
    reader_.emplace(MessageKind::request, server_.settings.limits);  // not before: thousands may say nothing for long
    const std::optional<Received> received = take_in();
    return received ? Task<Received>::done(*received) : receive_rest();
}

/// Nothing while the request goes on.
std::optional<Session::Received> Session::take_in()
{
    const Result<std::size_t> used = reader_->feed(connection_->unread());
    if (!used) return refuse_with(refusal_status(used.error()), used.error().message());
    connection_->consume(*used);
    if (reader_->message_done()) return Received::request;
    if (connection_->ended()) return Received::nothing;
    return std::nullopt;
}

Task<Session::Received> Session::receive_rest()
{
    std::optional<Received> received;
    bool in_body = false;
    set_deadline(server_.settings.limits.head_timeout);
    while (!received) {
        if (!in_body && reader_->head_done()) {
            in_body = true;
            if (client_awaits_promise()) co_await promise_to_read_body();
            set_deadline(server_.settings.limits.body_timeout);
        } else if (watchdog_.expired()) {
            co_return refuse_with(408, "the request did not arrive in time");
        } else {
            co_await connection_->changed();
        }
        received = take_in();
    }
    co_return *received;
}

bool Session::client_awaits_promise() const
{
    return reader_->version() == 11 && reader_->request_head().headers.lists("expect", "100-continue");
}

Session::Received Session::refuse_with(int status, std::string why)
{
    refusal_ = {status, std::move(why)};
    return Received::malformed;
}

/// RFC 9110, 10.1.1: the client waits for this before it sends the body.
Task<void> Session::promise_to_read_body()
{
    const Error error = co_await connection_->write("HTTP/1.1 100 Continue\r\n\r\n");
    if (error) {
        connection_->close(Close::reset);
    }
}

Task<void> Session::send_refusal()
{
    leaving_ = true;
    set_deadline(linger_time);
    Answering answering(server_, *connection_, {}, {number_, ++requests_, 11, false}, output_);
    Response page = server_.error_page(refusal_.status, refusal_.why);
    const Error error = co_await answering.respond(std::move(page));
    if (error) {
        connection_->close(Close::reset);
    }
}

/// True if the connection can serve another request.
Task<bool> Session::answer()
{
    Answering answering(server_, *connection_, {reader_->take_request_head(), reader_->take_body()},
                        {number_, ++requests_, reader_->version(), reader_->keep_alive()}, output_);
    reader_.reset();  // an answer may take minutes, and needs none of it
    answering_ = &answering;
    if (connection_->ended()) {
        limit_half_closed();
    }
    std::exception_ptr problem;
    try {
        co_await server_.handler(answering);
    } catch (...) {
        problem = std::current_exception();
    }
    answering_ = nullptr;
    if (problem) {
        co_await answer_problem(answering, what_of(problem));
    }
    if (output_.capacity() > kept_output) {
        output_.clear();
        output_.shrink_to_fit();  // which an assignment would not do
    }
    co_return !problem && answering.connection_survives() && !server_.stopping;
}

Task<void> Session::answer_problem(Answering& answering, std::string what)
{
    const bool cancelled = co_await is_cancelled();
    if (cancelled || connection_->closed()) {
        co_return;
    }
    server_.report_problem(what);
    if (answering.anything_sent()) {
        connection_->close(Close::reset);
        co_return;
    }
    refusal_ = {500, "internal error"};
    co_await send_refusal();
}

/// Closes so that the client can still read what was sent: unread bytes would turn the close into a reset.
Task<void> Session::leave()
{
    if (leaving_ || !connection_->unread().empty()) {
        leaving_ = true;
        connection_->shutdown_write();
        set_deadline(linger_time);
        while (!connection_->ended()) {
            connection_->consume(connection_->unread().size());
            co_await connection_->changed();
        }
    }
    connection_->shutdown_write();  // an orderly end, which TLS tells from a mere close
    connection_->close(Close::fin);
}

void Session::bark()
{
    if (leaving_) {
        connection_->close(Close::reset);
    } else {
        connection_->wake();
    }
}

/// A client that has finished sending may still read what it is sent, but not for ever.
void Session::limit_half_closed()
{
    leaving_ = true;
    set_deadline(server_.settings.limits.idle_timeout);
}

void Session::connection_ended(Connection& connection)
{
    if (answering_ == nullptr) {
        return;
    }
    if (!connection.error()) {
        limit_half_closed();
    }
    answering_->tell_client_is_gone();
}

}  // namespace chaos::net::http
