// One timer and one waiter for every wait of an exchange.
#include "mock_providers/patience.hpp"

namespace chaos::mock_providers {

Patience::Patience(net::Runtime& runtime, net::http::ServerExchange& exchange, std::function<void()> left)
    : clock_(runtime.clock()), exchange_(exchange), woken_("patience"), left_(std::move(left))
{
    exchange_.on_client_gone([this] {
        woken_.wake(net::Wake::notified);
        if (when_gone_) {
            (*when_gone_)();
        }
    });
}

Patience::~Patience()
{
    exchange_.on_client_gone({});
}

net::Task<bool> Patience::until(net::Instant at)
{
    due_ = at <= clock_.now();
    if (!due_ && at != net::never) {
        if (!timer_) timer_ = clock_.make_timer();
        timer_->arm(at, [this] {
            due_ = true;
            woken_.wake(net::Wake::notified);
        });
    }
    while (!due_ && !exchange_.client_gone()) {
        const net::Wake wake = co_await woken_.wait();
        if (wake == net::Wake::aborted) net::throw_aborted();
    }
    if (timer_) timer_->disarm();
    if (!due_ && left_) left_();
    co_return due_;
}

void Patience::when_gone(std::function<void()> told)
{
    when_gone_ = nullptr;
    if (told) when_gone_ = std::move(told);
    if (when_gone_ && exchange_.client_gone()) {
        (*when_gone_)();
    }
}

}  // namespace chaos::mock_providers
