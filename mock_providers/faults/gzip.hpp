// gzip: a compressed answer that nobody asked for, that comes late, or that is none.
#pragma once

#include <optional>
#include <string>

#include "mock_providers/faults/terms.hpp"
#include "mock_providers/gzip.hpp"
#include "net/time.hpp"

namespace chaos::mock_providers {
struct Script;
struct Sent;
}  // namespace chaos::mock_providers

namespace chaos::mock_providers::faults {

struct Entry;

struct Gzip {
    GzipFlush flush = GzipFlush::each;  ///< of streams
    bool lying = false;                 ///< the header says gzip, and the body is as ever

    Layer layer() const { return Layer::request; }
    Stage stage() const { return Stage::form; }
    void inject(Script& script, net::Instant release) const;
    std::optional<std::string> proof(const Sent& sent) const;
};

Entry gzip_entry();

}  // namespace chaos::mock_providers::faults
