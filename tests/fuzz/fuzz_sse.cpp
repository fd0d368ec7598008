// Server-sent events: slicing changes nothing, an event reads back as it is written, the limit holds.
#include "tests/fuzz/fuzz.hpp"
#include "wire/ndjson.hpp"

namespace chaos::fuzz {
namespace {

void check_written(const std::vector<wire::SseEvent>& events)
{
    std::string bytes;
    for (const wire::SseEvent& event : events) wire::append_sse(bytes, event.data, event.name);
    const std::vector<wire::SseEvent> again = events_of(bytes);
    demand(again.size() == events.size(), "as many events are read as were written", bytes);
    for (std::size_t n = 0; n < events.size(); ++n) {
        demand(again[n].name == events[n].name && again[n].data == events[n].data, "an event reads back", bytes);
    }
}

void check_limit(std::string_view bytes)
{
    constexpr std::size_t limit = 16;
    wire::SseReader reader(limit);
    std::vector<wire::SseEvent> events;
    reader.feed(bytes, events);
    for (const wire::SseEvent& event : events) demand(event.data.size() <= limit, "an event keeps the limit", bytes);
}

void check_lines(std::string_view bytes)
{
    wire::NdjsonReader whole;
    wire::NdjsonReader sliced;
    std::vector<std::string> lines;
    std::vector<std::string> lines_of_slices;
    whole.feed(bytes, lines);
    for (const std::string_view piece : slices(bytes)) sliced.feed(piece, lines_of_slices);
    demand(lines == lines_of_slices && whole.rest() == sliced.rest(), "slicing does not change the lines", bytes);
}

}  // namespace
}  // namespace chaos::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace chaos::fuzz;
    const std::string_view bytes = text_of(data, size);
    check_written(events_of(bytes));
    check_limit(bytes);
    check_lines(bytes);
    return 0;
}
