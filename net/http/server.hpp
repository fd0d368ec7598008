// An HTTP/1.1 server over Stream: one accept loop, one session task per connection; errors of a session stay in it.
#pragma once

#include <functional>
#include <memory>

#include "net/http/codec.hpp"
#include "net/network.hpp"
#include "net/runtime.hpp"
#include "net/task_group.hpp"

namespace chaos::net::http {

/// One request and the means to answer it. Lives as long as the handler runs. Of the calls that write (respond, start,
/// send, finish, send_raw) one may be under way at a time; one out of order throws logic_error.
class ServerExchange {
public:
    virtual ~ServerExchange() = default;

    virtual const Request& request() const = 0;
    /// Lets go of its header fields and its body, which may be large where the answer takes minutes.
    virtual void forget_request() {}
    /// Counts the connections of this server from 1; and the requests on this connection from 1.
    virtual std::uint64_t connection() const = 0;
    virtual std::uint64_t request_on_connection() const = 0;

    /// A whole response; adds content-length (and date, if absent). A content-length or transfer-encoding among its
    /// headers is not written: the framing is this function's own. Returns the write's error.
    virtual Task<Error> respond(Response response) = 0;

    /// A streamed response: head with `transfer-encoding: chunked`, then pieces (one write each), then the end. send()
    /// suspends while the client is slow. To an HTTP/1.0 client the body goes unchunked and ends with the connection.
    virtual Task<Error> start(ResponseHead head) = 0;
    virtual Task<Error> send(std::string_view bytes) = 0;
    virtual Task<Error> finish() = 0;

    /// Bytes as they are, past any framing: for those who write what is wrong. The connection closes after the handler
    /// unless keep_after_raw() is called.
    virtual Task<Error> send_raw(std::string_view bytes) = 0;
    virtual void keep_after_raw() = 0;
    virtual Task<void> drained() = 0;

    /// Ends the connection now.
    virtual void close(Close how) = 0;

    /// Whether the client has closed or reset its end; and a callback at the moment that happens (at most one; cleared
    /// when the handler returns; called at once if it has happened). A client that only half-closes counts as gone: no
    /// LLM client does that and lives. It is not seen as long as more than `read_ahead` bytes of pipelined requests are
    /// unread.
    virtual bool client_gone() const = 0;
    virtual void on_client_gone(std::function<void()> gone) = 0;
    /// Suspends until the client is gone, for handlers that hold a connection open on purpose.
    virtual Task<void> until_client_gone() = 0;
};

/// A handler that returns without answering closes the connection with fin, also in the middle of a streamed response;
/// one that throws answers 500 if nothing was sent, else resets.
using Handler = std::function<Task<void>(ServerExchange&)>;

/// What to answer when the bytes are not acceptable HTTP (400, 408, 413, 431): the dialect's own error body.
using ErrorPage = std::function<Response(int status, std::string_view why)>;

struct ServerSettings {
    Limits limits;
    ErrorPage error_page;  ///< empty: plain text
    /// Told what a handler threw; its request was answered with 500 or its connection reset. May be empty.
    std::function<void(std::string_view what)> on_handler_problem;
};

class Server {
public:
    Server(Runtime& runtime, std::unique_ptr<Listener> listener, ServerSettings settings, Handler handler);
    ~Server();

    Endpoint endpoint() const;
    Listener& listener();

    /// Wraps every accepted stream, e.g. to put network faults between the wire and the server. Set before serve().
    void wrap_streams(std::function<StreamPtr(StreamPtr)> wrap);

    /// Accepts until stop(); returns when every session has ended.
    Task<void> serve();
    /// Stops accepting. graceful: sessions finish their current request; otherwise they are cancelled and reset.
    void stop(bool graceful = false);
    std::size_t open_connections() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace chaos::net::http
