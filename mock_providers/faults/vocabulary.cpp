// The list of all faults, and what can be said of one without knowing which it is.
#include "mock_providers/faults/vocabulary.hpp"

#include <fmt/format.h>

#include "mock_providers/faults/read_when.hpp"

namespace chaos::mock_providers::faults {

namespace {

std::string spelling_of_range(const config::Range& range)
{
    if (!range.last) {
        return fmt::format("{}..", range.first);
    }
    return *range.last == range.first ? fmt::to_string(range.first) : fmt::format("{}..{}", range.first, *range.last);
}

std::string window(const Selector& when)
{
    if (when.from && when.until) {
        return fmt::format(", {} to {}", net::to_string(*when.from), net::to_string(*when.until));
    }
    if (when.from) {
        return fmt::format(", from {}", net::to_string(*when.from));
    }
    return when.until ? fmt::format(", until {}", net::to_string(*when.until)) : "";
}

std::string counts(const Selector& when)
{
    std::string words;
    if (when.connections) {
        words += fmt::format(", connections {}", spelling_of_range(*when.connections));
    }
    if (when.requests) {
        words += fmt::format(", requests {}", spelling_of_range(*when.requests));
    }
    if (when.every) {
        words += fmt::format(", every {}", *when.every);
    }
    if (when.times) {
        words += fmt::format(", at most {} time{}", *when.times, *when.times == 1 ? "" : "s");
    }
    if (when.chance) {
        words += fmt::format(", chance {:g}%", *when.chance / 10'000.0);
        words += when.ramp ? fmt::format(", growing from 0% over {}", net::to_string(*when.ramp)) : "";
    }
    return words;
}

std::string matches(const Selector& when)
{
    std::string words;
    if (when.stream) {
        words += *when.stream ? ", streamed" : ", not streamed";
    }
    if (when.model) {
        words += ", model " + *when.model;
    }
    if (when.task) {
        words += ", task " + spelling_of_range(*when.task);
    }
    if (when.step) {
        words += ", step " + spelling_of_range(*when.step);
    }
    if (when.tool) {
        words += ", tool " + *when.tool;
    }
    if (when.turn) {
        words += ", turn " + *when.turn;
    }
    return words;
}

}  // namespace

const std::vector<Entry>& vocabulary()
{
    static const std::vector<Entry> entries = {
        // The network.
        dns_failure_entry(), blackhole_entry(), refuse_entry(), reset_entry(), latency_entry(), bandwidth_entry(),
        slices_entry(), slow_close_entry(), limit_data_entry(), no_read_entry(), stale_keep_alive_entry(), tls_entry(),
        // Time.
        timeout_entry(), slow_entry(),
        // HTTP and limits.
        rate_limit_entry(), quota_entry(), credential_entry(), ratelimit_headers_entry(), status_entry(),
        error_in_200_entry(), content_type_entry(), gzip_entry(), framing_entry(), odd_events_entry(),
        // The stream and the message.
        cut_entry(), empty_tool_turn_entry(), empty_answer_entry(), malformed_arguments_entry(), finish_reason_entry(),
        truncated_entry(), reasoning_only_entry(), refusal_entry(), repetition_entry(),
        // The calls in a message.
        arguments_entry(), call_deltas_entry(), call_id_entry(), unknown_tool_entry(), repeated_call_entry(),
        call_as_text_entry(),
        // Tools.
        tool_error_entry(), tool_slow_entry(), tool_drop_reply_entry(), tool_duplicate_delivery_entry(),
        tool_schema_violation_entry(), tool_huge_result_entry(), tool_session_lost_entry()};
    return entries;
}

const Entry* find(std::string_view name)
{
    for (const Entry& entry : vocabulary()) {
        if (entry.name == name) {
            return &entry;
        }
    }
    return nullptr;
}

Parameters read_form(const Entry& entry, const std::string& form, config::Complaints& complaints)
{
    const auto value = form.empty() ? std::nullopt : config::parse(form, complaints);
    return entry.read(value ? *value : config::Node(), complaints);
}

Layer layer_of(const Parameters& parameters)
{
    return std::visit([](const auto& fault) { return fault.layer(); }, parameters);
}

Stage stage_of(const Parameters& parameters)
{
    return std::visit([](const auto& fault) { return fault.stage(); }, parameters);
}

std::string in_words(const FaultSpec& fault)
{
    return fmt::format("{} on {}{}{}{}{}", fault.fault, fault.target, window(fault.when), in_words(fault.when),
                       counts(fault.when), matches(fault.when));
}

}  // namespace chaos::mock_providers::faults
