// Connecting and listening: the whole of the outside that code may reach by sockets.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "net/host_name.hpp"
#include "net/stream.hpp"
#include "net/time.hpp"

namespace chaos::net {

struct Endpoint {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
    auto operator<=>(const Endpoint&) const = default;
};
/// "127.0.0.1:8080"
std::string to_string(const Endpoint& endpoint);

/// What happens to a connect while this holds: open = accepted; refuse = answered with RST at once;
/// silent = neither accepted nor refused (a blackhole): it waits until admission changes or the caller gives up.
enum class Admission { open, refuse, silent };

class Listener {
public:
    virtual ~Listener() = default;
    /// With the port that was really taken, if 0 was asked for.
    virtual Endpoint endpoint() const = 0;
    virtual Task<Result<StreamPtr>> accept() = 0;
    /// Pending accept completes with operation_aborted. Connections already accepted live on.
    virtual void close() = 0;

    /// Changes what new connects meet. In the real world `silent` is a listening socket with a full queue (Linux), and
    /// `refuse` closes the listening socket while keeping the port reserved.
    virtual Error set_admission(Admission admission) = 0;

    /// Called once for each connect that is seen while admission is silent (real: it shows as pending in the kernel's
    /// table, our own excluded) or refuse (simulation only; a refused connect leaves no trace in the kernel).
    virtual void on_contact(std::function<void()> contact) = 0;

    /// Our own probe: what a connect meets right now, without leaving a connection behind.
    virtual Task<Admission> probe() = 0;
};

class Network {
public:
    virtual ~Network() = default;
    /// connection_refused, timed_out (at `deadline`), host_not_found, host_not_found_try_again (a name server failed, or
    /// is silent and was given up), ...
    virtual Task<Result<StreamPtr>> connect(Endpoint to, Instant deadline) = 0;
    /// address_in_use, ... Binds to exactly the given host; callers pass loopback unless told otherwise.
    virtual Result<std::unique_ptr<Listener>> listen(const Endpoint& at) = 0;
    /// For whoever connects through this network, `name` (in lower case, with a dot) is 127.0.0.1, or whatever its owner
    /// says. address_in_use; operation_not_supported where names are resolved by somebody whom we cannot command.
    virtual Result<std::unique_ptr<HostName>> own_name(const std::string& name);
};

}  // namespace chaos::net
