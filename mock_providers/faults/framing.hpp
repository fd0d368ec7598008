// framing: the right events, framed as servers and proxies frame them that do it differently.
#pragma once

#include <optional>
#include <string>

#include "mock_providers/faults/terms.hpp"
#include "mock_providers/sse_shapes.hpp"
#include "net/time.hpp"

namespace chaos::mock_providers {
struct Script;
struct Sent;
}  // namespace chaos::mock_providers

namespace chaos::mock_providers::faults {

struct Entry;

struct Framing {
    SseShape shape = SseShape::crlf;

    Layer layer() const { return Layer::request; }
    Stage stage() const { return Stage::form; }
    /// Only to streams; all but one_segment and byte_by_byte only to server-sent events.
    bool applies_to(const Script& script) const;
    void inject(Script& script, net::Instant release) const;
    std::optional<std::string> proof(const Sent& sent) const;
};

Entry framing_entry();

}  // namespace chaos::mock_providers::faults
