// tool_duplicate_delivery: one call comes to the tool twice, as through a transport that delivers at least once.
#pragma once

#include <optional>
#include <string>

#include "mock_providers/faults/terms.hpp"
#include "net/time.hpp"

namespace chaos::mock_providers {
struct ToolScript;
struct ToolSent;
}  // namespace chaos::mock_providers

namespace chaos::mock_providers::faults {

struct Entry;

struct ToolDuplicateDelivery {
    Layer layer() const { return Layer::tool; }
    /// It leaves the reply as it is, so that it goes with every other fault but an error.
    Stage stage() const { return Stage::pace; }
    /// The server writes the fault's name into the script, for the ledger.
    void inject(ToolScript&, net::Instant) const {}
    std::optional<std::string> proof(const ToolSent& sent) const;
};

Entry tool_duplicate_delivery_entry();

}  // namespace chaos::mock_providers::faults
