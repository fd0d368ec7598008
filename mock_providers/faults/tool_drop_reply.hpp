// tool_drop_reply: the tool acts, and then its reply is lost.
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

struct ToolDropReply {
    Stop end = Stop::reset;

    Layer layer() const { return Layer::tool; }
    Stage stage() const { return Stage::ending; }
    void inject(ToolScript& script, net::Instant release) const;
    std::optional<std::string> proof(const ToolSent& sent) const;
};

Entry tool_drop_reply_entry();

}  // namespace chaos::mock_providers::faults
