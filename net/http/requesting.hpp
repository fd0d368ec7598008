// The client's side of one exchange: a request on its way out, its response on its way in.
#pragma once

#include "net/http/client.hpp"
#include "net/http/connection.hpp"
#include "net/http/pool.hpp"

namespace chaos::net::http {

class Requesting final : public ClientExchange {
public:
    /// `reused`: the connection comes from the pool. It goes (back) there when the response has ended well.
    Requesting(std::shared_ptr<Pool> pool, Endpoint endpoint, std::shared_ptr<Connection> connection, bool reused,
               const Limits& limits);
    ~Requesting() override { abort(Close::reset); }

    /// Returns when the request has been accepted for sending, or when a response has begun to arrive before that. What
    /// it returns is for settle() to judge.
    Task<Error> write(Executor executor, Request& request);
    /// Whether the request may be answered.
    Task<Error> settle(Error write_error);

    Task<Result<const ResponseHead*>> head() override;
    Task<Result<std::string>> read_body() override;
    bool body_ended() const override { return reader_.message_done() && reader_.body_size() == 0; }
    Task<Result<std::string>> read_all(std::size_t limit) override;

    const Failure& failure() const override { return failure_; }
    bool reused_connection() const override { return reused_; }
    bool any_response_byte() const override;
    void abort(Close how) override;

private:
    /// The request's bytes, while somebody writes them.
    struct Outgoing {
        std::string head;
        std::string body;
        bool done = false;
        Error error;
    };

    static Task<void> write_out(std::shared_ptr<Connection> connection, std::shared_ptr<Outgoing> outgoing);
    Task<Error> write_in_background(Executor executor, std::shared_ptr<Outgoing> outgoing);
    Task<Error> wait_for_response_after(Error write_error);
    Task<Result<std::string>> read_body_later();
    std::optional<Result<std::string>> next_piece();
    Error take_in();
    bool over() const { return aborted_ || reader_.message_done(); }
    Phase phase() const { return reader_.head_done() ? Phase::body : Phase::head; }
    Error fail(Phase phase, const Error& error);
    Error finish_at_end();
    void release_if_done();
    bool request_is_out() const { return !outgoing_ || (outgoing_->done && !outgoing_->error); }

    std::shared_ptr<Pool> pool_;
    Endpoint endpoint_;
    std::shared_ptr<Connection> connection_;  ///< null once the response has ended
    std::shared_ptr<Outgoing> outgoing_;      ///< of a request that is too large to be written at one go
    std::string written_;                     ///< any other, while it is
    MessageReader reader_;
    Failure failure_;
    Error input_error_;
    std::uint64_t received_before_;
    bool reused_;
    bool aborted_ = false;
    bool request_broken_ = false;  ///< answered, but not wholly sent
};

}  // namespace chaos::net::http
