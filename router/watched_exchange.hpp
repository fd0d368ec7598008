// An exchange with a caller that is watched from outside: what it was answered, when, and whether to the end.
#pragma once

#include <optional>
#include <string>

#include "net/clock.hpp"
#include "net/http/server.hpp"
#include "net/rare.hpp"
#include "router/short_text.hpp"

namespace chaos::router {

/// Every response head that goes through it gets x-request-id.
class WatchedExchange final : public net::http::ServerExchange {
public:
    /// Both outlive it.
    WatchedExchange(net::http::ServerExchange& inner, const net::Clock& clock, const RequestId& id)
        : inner_(inner), clock_(clock), id_(id)
    {
    }

    int status() const { return status_; }  ///< 0: nothing was answered
    bool whole() const { return whole_; }
    /// When the first byte of a body was given to the caller.
    std::optional<net::Instant> first_byte() const { return first_byte_; }

    /// From here on the request has this body.
    void replace_body(std::string body) { replaced_ = net::http::Request{inner_.request().head, std::move(body)}; }

    const net::http::Request& request() const override { return replaced_ ? *replaced_ : inner_.request(); }
    void forget_request() override
    {
        if (replaced_) replaced_->forget();
        inner_.forget_request();
    }
    std::uint64_t connection() const override { return inner_.connection(); }
    std::uint64_t request_on_connection() const override { return inner_.request_on_connection(); }
    net::Task<net::Error> respond(net::http::Response response) override;
    net::Task<net::Error> start(net::http::ResponseHead head) override;
    net::Task<net::Error> send(std::string_view bytes) override;
    net::Task<net::Error> finish() override;
    net::Task<net::Error> send_raw(std::string_view bytes) override { return inner_.send_raw(bytes); }
    void keep_after_raw() override { inner_.keep_after_raw(); }
    net::Task<void> drained() override { return inner_.drained(); }
    void close(net::Close how) override { inner_.close(how); }
    bool client_gone() const override { return inner_.client_gone(); }
    void on_client_gone(std::function<void()> gone) override { inner_.on_client_gone(std::move(gone)); }
    net::Task<void> until_client_gone() override { return inner_.until_client_gone(); }

private:
    void answer_with(net::http::ResponseHead& head);

    net::http::ServerExchange& inner_;
    const net::Clock& clock_;
    RequestId id_;
    net::Rare<net::http::Request> replaced_;
    int status_ = 0;
    bool whole_ = false;
    std::optional<net::Instant> first_byte_;
};

}  // namespace chaos::router
