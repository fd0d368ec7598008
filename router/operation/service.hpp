// The router as a process: its event loops, its signals, its admin port, its log; from a configuration file to its end.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "router/configuration.hpp"

namespace chaos::router {

class Service {
public:
    /// Listens at once, also on the admin port; throws std::system_error if an address or the log cannot be had. `read`
    /// reads the file again: nothing, with every complaint added, if it is not good.
    using Read = std::function<std::optional<Configuration>(std::string& complaints)>;
    Service(Configuration configuration, Read read);
    ~Service();

    net::Endpoint endpoint() const;
    std::optional<net::Endpoint> admin() const;

    /// Serves until SIGTERM or SIGINT, then drains; a second signal ends the process at once. SIGHUP reads the
    /// configuration again and opens the log anew.
    void run();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace chaos::router
