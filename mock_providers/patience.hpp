// Waiting within one exchange: until an instant, unless the client leaves first.
#pragma once

#include <functional>
#include <memory>

#include "net/http/server.hpp"
#include "net/rare.hpp"
#include "net/runtime.hpp"
#include "net/waiter.hpp"

namespace chaos::mock_providers {

/// Takes the exchange's callback for a client that leaves; must not outlive the handler. One may wait at a time.
class Patience {
public:
    /// `left` is told, if there is one, each time a wait ends because the client is gone.
    Patience(net::Runtime& runtime, net::http::ServerExchange& exchange, std::function<void()> left = {});
    ~Patience();
    Patience(const Patience&) = delete;
    Patience& operator=(const Patience&) = delete;

    /// True at `at`, false as soon as the client is gone. `net::never` waits for the client alone.
    net::Task<bool> until(net::Instant at);

    /// Called once when the client is gone, at once if it is; empty: nobody is told.
    void when_gone(std::function<void()> told);

private:
    net::Clock& clock_;
    net::http::ServerExchange& exchange_;
    net::Waiter woken_;
    std::function<void()> left_;
    net::Rare<std::function<void()>> when_gone_;
    std::unique_ptr<net::Timer> timer_;  ///< made for the first wait: most answers at full speed have none
    bool due_ = false;
};

}  // namespace chaos::mock_providers
