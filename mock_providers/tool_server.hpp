// The tool server: does what agents ask, keeps a ledger of effects by effect token, and fails as scripted.
#pragma once

#include <memory>
#include <vector>

#include "mock_providers/observer.hpp"
#include "mock_providers/spec.hpp"
#include "net/chance.hpp"
#include "net/runtime.hpp"

namespace chaos::mock_providers {

/// POST /tools/{name}, body = the call's arguments (JSON with the effect token), header Idempotency-Key.
/// 200 {"result": "..."}; the same key again gives the stored result without a second effect.
class ToolServer {
public:
    ToolServer(net::Runtime& runtime, std::vector<ToolSpec> tools, std::vector<FaultSpec> faults, net::Chance chance,
               std::string run, Observer& observer);
    ~ToolServer();

    net::Endpoint endpoint() const;
    net::Task<void> serve();
    void start_clock(net::Instant zero);
    /// From here on these, and no others.
    void replace_faults(std::vector<SharedFault> faults);
    /// Calls and tries are counted from one again, and no effect is remembered.
    void begin_anew();
    void stop();

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The declaration an agent offers to the model: JSON Schema with the string argument `reference` for the effect token
/// and the free text argument `content`.
wire::ToolSpec declaration(const ToolSpec& tool);

}  // namespace chaos::mock_providers
