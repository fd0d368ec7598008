// An HTTP/1.1 client over Network with a pool of kept-alive connections.
#pragma once

#include <memory>
#include <string>

#include "net/http/codec.hpp"
#include "net/network.hpp"
#include "net/runtime.hpp"

namespace chaos::net::http {

/// Where an exchange broke: what a caller needs for "may it have been executed?" and "whose fault is it?".
enum class Phase { connect, send, head, body };

struct Failure {
    Phase phase = Phase::connect;
    Error error;
    bool pooled = false;  ///< it broke on a reused connection before any response byte: it may simply have been dead
};

/// Lets `boost::system::result<T, Failure>` be asked for its value: throws system_error with the failure's error.
[[noreturn]] void throw_exception_from_error(const Failure& failure, const boost::source_location& where);

/// A request that was sent and whose response is arriving. Destroying it before the body's end closes the connection
/// with reset; after the end the connection returns to the pool by itself.
class ClientExchange {
public:
    virtual ~ClientExchange() = default;

    /// Suspends until the response head is here. Call once.
    virtual Task<Result<const ResponseHead*>> head() = 0;
    /// The next piece of the (decoded) body; empty at its end. An error if the connection broke first: for a body with
    /// a length or chunks that includes a fin before its end.
    virtual Task<Result<std::string>> read_body() = 0;
    /// No byte of the body is left, and its end has come: read_body() would say so. One that ends with the connection
    /// has not ended before that is known.
    virtual bool body_ended() const = 0;
    /// The whole rest of the body, at most `limit` bytes (message_size beyond).
    virtual Task<Result<std::string>> read_all(std::size_t limit) = 0;

    virtual const Failure& failure() const = 0;  ///< valid after an error
    virtual bool reused_connection() const = 0;
    virtual bool any_response_byte() const = 0;

    /// Ends the exchange now, from anywhere (a deadline, a client that left): pending calls fail with
    /// operation_aborted. After the body's end there is nothing to abort: the connection is the pool's again.
    virtual void abort(Close how = Close::reset) = 0;
};

struct ClientSettings {
    Limits limits;
    std::size_t idle_per_endpoint = 64;
    Duration idle_timeout = std::chrono::seconds(60);
    Network* network = nullptr;  ///< what connections are made on; null: the runtime's own. Outlives the client
};

/// A handle through which somebody else can stop an open() that is still connecting or sending.
class OpenControl {
public:
    void abort();

private:
    friend class Client;
    std::function<void()> abort_;
    bool aborted_ = false;
};

class Client {
public:
    Client(Runtime& runtime, ClientSettings settings);
    /// Closes idle connections. No exchange may be open.
    ~Client();

    struct Options {
        Instant connect_deadline = never;
        bool fresh_connection = false;   ///< do not take one from the pool
        OpenControl* control = nullptr;  ///< may be null; must outlive open()
    };

    /// Connects (or takes a pooled connection) and sends the request; adds host and content-length. On success the
    /// request's bytes have been accepted for sending. The failure tells in which phase it broke.
    Task<boost::system::result<std::unique_ptr<ClientExchange>, Failure>> open(Endpoint to, Request request,
                                                                               Options options);

    /// Request and whole response in one call, with one deadline for all of it.
    Task<Result<Response>> fetch(Endpoint to, Request request, Instant deadline);

    void close_idle();
    std::size_t idle_connections() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace chaos::net::http
