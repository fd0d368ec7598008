// The row of the vocabulary; the deed is the work of windows.cpp.
#include "mock_providers/faults/refuse.hpp"

#include <fmt/format.h>

#include "config/reader.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/script.hpp"

namespace chaos::mock_providers::faults {

namespace {

Parameters read_refuse(const config::Node& value, config::Complaints& complaints)
{
    Refuse fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "refuse");
    fault.reset_open = map.boolean("reset_open", fault.reset_open);
    map.finish();
    return fault;
}

}  // namespace

Entry refuse_entry()
{
    Entry entry;
    entry.name = "refuse";
    entry.layer = Layer::connection;
    entry.summary = "New connections are refused, as if no process listened there.";
    entry.evidence =
        "Contacted: a connect was refused (seen in simulation only; a real kernel keeps no trace); else armed: our own "
        "probe was refused.";
    entry.remedy = "Take the refusal for what it is, at once, and go on with another provider.";
    entry.parameters = {
        {"reset_open", "open connections are reset when it begins, as by a process that died; default true", "false"}};
    entry.read = &read_refuse;
    return entry;
}

}  // namespace chaos::mock_providers::faults
