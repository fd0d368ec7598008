// The server's answer to one request: writes heads, chunks and raw bytes, and knows whether the connection survives it.
#pragma once

#include "net/http/connection.hpp"
#include "net/http/server_context.hpp"

namespace chaos::net::http {

/// What a request says about its answer.
struct Asked {
    std::uint64_t connection = 0;
    std::uint64_t request_on_connection = 0;
    int version = 11;
    bool keep_alive = true;
};

class Answering final : public ServerExchange {
public:
    /// `output` is memory to build what is written in.
    Answering(ServerContext& server, Connection& connection, Request request, Asked asked, std::string& output);

    const Request& request() const override { return request_; }
    void forget_request() override;
    std::uint64_t connection() const override { return asked_.connection; }
    std::uint64_t request_on_connection() const override { return asked_.request_on_connection; }

    Task<Error> respond(Response response) override;
    Task<Error> start(ResponseHead head) override;
    Task<Error> send(std::string_view bytes) override;
    Task<Error> finish() override;
    Task<Error> send_raw(std::string_view bytes) override;
    void keep_after_raw() override { keep_after_raw_ = true; }
    Task<void> drained() override { return connection_.drained(); }
    void close(Close how) override { connection_.close(how); }

    bool client_gone() const override { return connection_.ended(); }
    void on_client_gone(std::function<void()> gone) override;
    Task<void> until_client_gone() override;

    void tell_client_is_gone();
    bool anything_sent() const { return state_ != State::nothing || raw_; }
    /// Whether the next request may be answered on this connection.
    bool connection_survives() const;

private:
    enum class State { nothing, streaming, complete };

    void expect(State state, const char* call) const;
    bool bodiless(int status) const;
    Task<Error> write_and_let_go();
    void begin_head(const ResponseHead& head, std::size_t body_size);
    bool is_written(const Header& field);
    void end_head();

    ServerContext& server_;
    Connection& connection_;
    Request request_;
    Asked asked_;
    std::string& output_;
    std::function<void()> gone_;
    State state_ = State::nothing;
    bool has_date_ = false;    ///< of its own
    bool says_close_ = false;  ///< of its own
    bool closes_ = false;      ///< the head said so, or the body ends with the connection
    bool unchunked_ = false;   ///< streamed to an HTTP/1.0 client
    bool without_body_ = false;
    bool raw_ = false;
    bool keep_after_raw_ = false;
};

}  // namespace chaos::net::http
