// A network on which some endpoints are reached by TLS.
#pragma once

#include <map>

#include "net/runtime.hpp"
#include "net/tls/context.hpp"

namespace chaos::net::tls {

/// Connects as the runtime's own network does, and then shakes hands with those it knows; both have to be done by the
/// deadline. The runtime must outlive it.
class Dialer final : public Network {
public:
    explicit Dialer(Runtime& runtime) : runtime_(runtime) {}

    /// From here on connects to this endpoint speak TLS; its certificate must be for the endpoint's host.
    void secure(Endpoint endpoint, Context context) { contexts_[std::move(endpoint)] = std::move(context); }

    Task<Result<StreamPtr>> connect(Endpoint to, Instant deadline) override;
    Result<std::unique_ptr<Listener>> listen(const Endpoint& at) override { return runtime_.network().listen(at); }
    Result<std::unique_ptr<HostName>> own_name(const std::string& name) override
    {
        return runtime_.network().own_name(name);
    }

private:
    Runtime& runtime_;
    std::map<Endpoint, Context> contexts_;
};

}  // namespace chaos::net::tls
