// The tool server: does what agents ask, keeps a ledger of effects by effect token, and fails as scripted; by plain HTTP
// and by MCP on one port.
#pragma once

#include <memory>
#include <vector>

#include "mock_providers/spec.hpp"
#include "mock_providers/tool_declaration.hpp"
#include "mock_providers/witness.hpp"
#include "net/chance.hpp"
#include "net/runtime.hpp"

namespace chaos::mock_providers {

/// POST /tools/{name} (http_door.hpp) and MCP at /mcp (mcp/door.hpp). A call is the same through both: the same key again
/// gives the stored result without a second effect.
class ToolServer {
public:
    /// Throws std::system_error if the port cannot be had.
    ToolServer(net::Runtime& runtime, std::vector<ToolSpec> tools, std::vector<FaultSpec> faults, net::Chance chance,
               std::string run, Observer& observer, const ToolServerSpec& server = {});
    ~ToolServer();

    net::Endpoint endpoint() const;
    net::Task<void> serve();
    /// What faults with `after:` wait for; outlives the server. Without it they wait for ever.
    void follow(const Witness& witness);
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

}  // namespace chaos::mock_providers
