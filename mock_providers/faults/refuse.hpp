// refuse: new connections are refused, as if no process listened.
#pragma once

#include "mock_providers/faults/terms.hpp"

namespace chaos::mock_providers::faults {

struct Entry;

struct Refuse {
    bool reset_open = true;  ///< open connections are reset when it begins, as by a process that died

    Layer layer() const { return Layer::connection; }
    Stage stage() const { return Stage::connection; }
};

Entry refuse_entry();

}  // namespace chaos::mock_providers::faults
