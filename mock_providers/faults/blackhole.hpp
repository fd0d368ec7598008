// blackhole: nothing passes any more, and nothing says so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "mock_providers/faults/terms.hpp"
#include "net/time.hpp"

namespace chaos::mock_providers {
struct Script;
struct Sent;
}  // namespace chaos::mock_providers

namespace chaos::mock_providers::faults {

struct Entry;

struct Blackhole {
    enum class At {
        connect,     ///< new connects are never answered, and open connections go silent
        request,     ///< the request is read, then nothing more is read or written on its connection
        mid_stream,  ///< the same after some tokens of the answer
    };
    At at = At::connect;
    bool new_connections_only = false;  ///< connect only: open connections go on
    std::int64_t after_tokens = 4;      ///< mid_stream only

    Layer layer() const { return at == At::connect ? Layer::connection : Layer::request; }
    Stage stage() const;
    void inject(Script& script, net::Instant release) const;
    std::optional<std::string> proof(const Sent& sent) const;
};

Entry blackhole_entry();

}  // namespace chaos::mock_providers::faults
