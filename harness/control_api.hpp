// The control API of served mocks: their faults, their events and their health over HTTP, while they serve.
#pragma once

#include <cstdint>
#include <memory>

#include "harness/event_log.hpp"
#include "harness/mocks.hpp"
#include "net/runtime.hpp"

namespace chaos::harness {

/// A blocking side door on 127.0.0.1 for one thread of its own; what it does to the mocks is done on their loop.
///
///   GET    /health            {"status":"ok","providers":[{"name","dialect","model","url"}],"tools":"http://..."}
///   GET    /faults            [{"name","target","fault","says"}]
///   POST   /faults            one fault as in a scenario, in YAML or JSON: 201 {"name"}; 400 with every complaint; 409
///   DELETE /faults/{name}     204; 404
///   POST   /reset             the scenario's own faults, counts and windows from the beginning, no events: 204
///   GET    /history           events as JSON lines; ?follow=true goes on until the client leaves
///
/// Requests that a browser makes for a page of somebody else (they have an Origin) are refused: 403.
class ControlApi {
public:
    /// Binds at once; port 0: any. Throws std::system_error if the port cannot be had. Everything outlives it.
    ControlApi(std::uint16_t port, const Plan& plan, net::Runtime& runtime, Mocks& mocks, EventLog& log);
    ~ControlApi();

    std::uint16_t port() const;
    /// Serves on the calling thread until stop() on another, which returns when this has. Each once.
    void serve();
    void stop();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace chaos::harness
