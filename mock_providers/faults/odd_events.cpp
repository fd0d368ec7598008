// Events with less or more in them, made of the bytes that a dialect wrote.
#include "mock_providers/faults/odd_events.hpp"

#include <fmt/format.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "mock_providers/faults/choices.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/written.hpp"
#include "net/json.hpp"

namespace chaos::mock_providers::faults {

namespace {

using OddEventShape = OddEvents::Shape;

const Choices<OddEventShape> odd_event_shapes = {{"empty_choices", OddEventShape::empty_choices},
                                                 {"no_delta", OddEventShape::no_delta},
                                                 {"no_finish_key", OddEventShape::no_finish_key},
                                                 {"unknown_type", OddEventShape::unknown_type},
                                                 {"no_sequence_number", OddEventShape::no_sequence_number}};

Parameters read_odd_events(const config::Node& value, config::Complaints& complaints)
{
    OddEvents fault;
    if (value.kind() == config::NodeKind::null) return fault;
    config::MapReader map(value, complaints, "odd_events");
    fault.shape = read_choice(map, "shape", odd_event_shapes, fault.shape);
    map.finish();
    return fault;
}

/// The stream's first event, which opens it.
std::string opening_event(const Script& script)
{
    std::string event;
    const auto writer = script.api->stream_writer(script.answer, script.include_usage);
    writer->write(event, wire::delta::Start{script.answer.id, script.answer.model, script.answer.created});
    return event;
}

/// The first event with a change to its JSON; nothing if it has no list of choices to change.
std::string edited_opening(const Script& script, const std::function<void(nlohmann::ordered_json&)>& edit)
{
    const std::string event = opening_event(script);
    constexpr std::string_view field = "data: ";
    if (!event.starts_with(field)) return "";
    auto json = net::parse_json(std::string_view(event).substr(field.size(), event.find('\n') - field.size()));
    if (!json || !json->contains("choices")) return "";
    edit(*json);
    return fmt::format("data: {}\n\n", net::dump_json(*json));
}

void empty_the_choices(nlohmann::ordered_json& chunk)
{
    chunk["choices"] = nlohmann::ordered_json::array();
}

void drop_the_delta(nlohmann::ordered_json& chunk)
{
    for (auto& choice : chunk["choices"]) choice.erase("delta");
}

/// An event of a type of its own; nothing where events have no types.
std::string unannounced_event(const Script& script)
{
    const bool typed = opening_event(script).starts_with("event: ");
    return typed ? "event: response.telemetry\ndata: {\"type\":\"response.telemetry\",\"note\":\"not in any "
                   "documentation\"}\n\n"
                 : "";
}

/// What is put beside the event that opens the stream.
std::string additional_event(OddEventShape shape, const Script& script)
{
    switch (shape) {
        case OddEventShape::empty_choices:
            return edited_opening(script, empty_the_choices);
        case OddEventShape::no_delta:
            return edited_opening(script, drop_the_delta);
        case OddEventShape::unknown_type:
            return unannounced_event(script);
        case OddEventShape::no_finish_key:
        case OddEventShape::no_sequence_number:
            break;
    }
    return "";
}

void erase_all(std::string& bytes, std::string_view member)
{
    for (std::size_t at = bytes.find(member); at != std::string::npos; at = bytes.find(member, at)) {
        bytes.erase(at, member.size());
    }
}

void erase_sequence_numbers(std::string& bytes)
{
    constexpr std::string_view key = R"("sequence_number":)";
    for (std::size_t at = bytes.find(key); at != std::string::npos; at = bytes.find(key, at)) {
        bytes.erase(at, bytes.find_first_not_of("0123456789", at + key.size()) + 1 - at);
    }
}

}  // namespace

bool OddEvents::applies_to(const Script& script) const
{
    return script.stream && script.api->stream_content_type().starts_with("text/event-stream") && shows(*this, script);
}

void OddEvents::inject(Script& script, net::Instant) const
{
    if (shape == OddEventShape::no_finish_key) {
        script.respell = [](std::string& bytes) { erase_all(bytes, R"(,"finish_reason":null)"); };
    } else if (shape == OddEventShape::no_sequence_number) {
        script.respell = erase_sequence_numbers;
    } else {
        script.respell = [first = opening_event(script), more = additional_event(shape, script),
                          before = shape == OddEventShape::empty_choices](std::string& bytes) {
            if (bytes == first) bytes = before ? more + first : first + more;
        };
    }
}

std::optional<std::string> OddEvents::proof(const Sent& sent) const
{
    return whole_answer(sent, fmt::format("a stream of odd events, {}", word_for(shape, odd_event_shapes)));
}

Entry odd_events_entry()
{
    Entry entry;
    entry.name = "odd_events";
    entry.layer = Layer::request;
    entry.summary =
        "A stream says the right things, in events that lack something, or beside events that nobody announced.";
    entry.evidence = "Delivered: the whole stream with such events went out to a recognised attempt.";
    entry.remedy = "Take what is there, wait for what is not, and skip what it does not know; none of it is an error.";
    entry.parameters = {{"shape",
                         "empty_choices (first of all an event without choices), no_delta (a choice without delta), "
                         "no_finish_key (left out "
                         "where it would be null), unknown_type (an event of a type that no documentation names), "
                         "no_sequence_number (no "
                         "event is numbered); default unknown_type",
                         "no_delta"}};
    entry.forms = {"{shape: empty_choices}", "{shape: no_delta}", "{shape: no_finish_key}",
                   "{shape: no_sequence_number}"};
    entry.read = &read_odd_events;
    return entry;
}

}  // namespace chaos::mock_providers::faults
