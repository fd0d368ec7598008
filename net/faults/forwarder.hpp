// A TCP proxy: accepts at one address and passes bytes to and from another, through a link that can spoil them.
#pragma once

#include <memory>

#include "net/faults/link.hpp"
#include "net/runtime.hpp"
#include "net/task_group.hpp"

namespace chaos::net::faults {

class Forwarder {
public:
    Forwarder(Runtime& runtime, std::unique_ptr<Listener> listener, Endpoint upstream);

    Link& link() { return link_; }
    Endpoint endpoint() const { return listener_->endpoint(); }

    /// Until stop(); returns when every connection has ended.
    Task<void> serve();
    /// The port is free at once; open connections end.
    void stop();

private:
    /// Both ends of one connection that is passed on.
    struct Pair {
        StreamPtr client;
        StreamPtr upstream;
    };

    Task<void> accept_all();
    Task<void> carry(std::shared_ptr<Pair> pair);
    static Task<void> pump_down(std::shared_ptr<Pair> pair);
    static Task<void> pump(Stream& from, Stream& to);

    Runtime& runtime_;
    std::unique_ptr<Listener> listener_;
    Link link_;
    Endpoint upstream_;
    TaskGroup connections_;
    bool stopping_ = false;
};

}  // namespace chaos::net::faults
