// reset: the connection is reset before any byte of the response.
#pragma once

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

struct Reset {
    enum class At {
        accept,   ///< as soon as the connection is there
        request,  ///< as soon as the request was read
        headers,  ///< when the response's head would be due
    };
    At at = At::request;

    Layer layer() const { return at == At::accept ? Layer::connection : Layer::request; }
    Stage stage() const { return at == At::accept ? Stage::connection : Stage::opening; }
    void inject(Script& script, net::Instant release) const;
    std::optional<std::string> proof(const Sent& sent) const;
};

Entry reset_entry();

}  // namespace chaos::mock_providers::faults
