// The same call twice, one after the other; the caller hears of one.
#include "mock_providers/faults/tool_duplicate_delivery.hpp"

#include "config/reader.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/tool_script.hpp"

namespace chaos::mock_providers::faults {

namespace {

Parameters read_tool_duplicate_delivery(const config::Node& value, config::Complaints& complaints)
{
    if (value.kind() != config::NodeKind::null) {
        config::MapReader map(value, complaints, "tool_duplicate_delivery");
        map.finish();
    }
    return ToolDuplicateDelivery{};
}

}  // namespace

std::optional<std::string> ToolDuplicateDelivery::proof(const ToolSent& sent) const
{
    switch (sent.second_deed) {
        case ToolSent::Deed::none:
            return std::nullopt;
        case ToolSent::Deed::performed:
            return "delivered twice, and without an idempotency key it happened twice";
        case ToolSent::Deed::replayed:
            return "delivered twice, and its idempotency key kept it from happening again";
    }
    return std::nullopt;
}

Entry tool_duplicate_delivery_entry()
{
    Entry entry;
    entry.name = "tool_duplicate_delivery";
    entry.layer = Layer::tool;
    entry.summary = "One call is delivered to the tool twice, as by a transport that delivers at least once.";
    entry.evidence =
        "Delivered: the ledger shows the second delivery, marked as this fault's doing, with its effect or without.";
    entry.remedy = "Give every call with effects an idempotency key: then the second delivery does nothing.";
    entry.read = &read_tool_duplicate_delivery;
    return entry;
}

}  // namespace chaos::mock_providers::faults
