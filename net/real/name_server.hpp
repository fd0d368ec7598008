// A name server on loopback for host names of our own, in the same loop as those who ask.
#pragma once

#include <memory>
#include <string>

#include "net/clock.hpp"
#include "net/host_name.hpp"
#include "net/real/sockets.hpp"

namespace chaos::net::real {

class NameServer {
public:
    NameServer(Executor executor, Clock& clock);
    ~NameServer();

    /// In lower case, with a dot. address_in_use if somebody owns the name already.
    Result<std::unique_ptr<HostName>> own(const std::string& name);
    bool knows(const std::string& name) const;
    std::uint16_t port() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace chaos::net::real
