// The server's side of one connection: reads requests one after another and has each answered.
#pragma once

#include <memory>
#include <optional>

#include "net/http/answering.hpp"
#include "net/watchdog.hpp"

namespace chaos::net::http {

class Session final : Connection::Watcher {
public:
    Session(ServerContext& server, std::shared_ptr<Connection> connection, std::uint64_t number);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Serves until the client leaves, something is wrong, or the server stops; the connection is closed then. What is
    /// thrown stays here: the server is told of it.
    static Task<void> run(std::unique_ptr<Session> self);
    /// Looks again whether the server is stopping: an idle session then ends.
    void wake() { connection_->wake(); }
    void reset() { connection_->close(Close::reset); }

private:
    enum class Received { request, nothing, malformed };

    struct Refusal {
        int status = 400;
        std::string why;
    };

    void limit_idleness();
    bool waits_for_request() const;
    Task<Received> receive();
    std::optional<Received> take_in();
    Task<Received> receive_rest();
    bool client_awaits_promise() const;
    Received refuse_with(int status, std::string why);
    Task<void> promise_to_read_body();
    Task<void> send_refusal();
    Task<bool> answer();
    Task<void> answer_problem(Answering& answering, std::string what);
    Task<void> leave();
    void set_deadline(Duration timeout) { watchdog_.arm(server_.runtime.clock().now() + timeout); }
    void bark();
    void limit_half_closed();
    void connection_ended(Connection& connection) override;

    ServerContext& server_;
    std::shared_ptr<Connection> connection_;
    std::uint64_t number_;
    std::uint64_t requests_ = 0;
    Watchdog watchdog_;
    std::optional<MessageReader> reader_;
    Answering* answering_ = nullptr;  ///< while a handler runs
    Refusal refusal_;
    std::string output_;
    bool leaving_ = false;  ///< nothing more is read: a deadline means reset
};

}  // namespace chaos::net::http
