// What the fuzz targets share: demands that end the process, and inputs cut into slices.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "net/json.hpp"
#include "wire/chat.hpp"
#include "wire/read.hpp"
#include "wire/sse.hpp"

namespace chaos::fuzz {

/// Ends the process, as a sanitizer would, if something does not hold; libFuzzer keeps the input.
inline void demand(bool holds, std::string_view what, std::string_view about = {})
{
    if (holds) return;
    std::fprintf(stderr, "DEMAND FAILED: %.*s\n%.*s\n", static_cast<int>(what.size()), what.data(),
                 static_cast<int>(about.size()), about.data());
    std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size)
{
    return {reinterpret_cast<const char*>(data), size};
}

/// The first line says what the rest is: "request", "answer", ... A line, and not a number, so that the seeds can be
/// written by hand.
struct Labelled {
    std::string_view label;
    std::string_view rest;
};

inline Labelled labelled(std::string_view input)
{
    const std::size_t end = input.find('\n');
    if (end == std::string_view::npos) return {"", input};
    return {input.substr(0, end), input.substr(end + 1)};
}

/// `bytes` in pieces of one to 16 bytes, whose lengths are drawn from the bytes themselves.
inline std::vector<std::string_view> slices(std::string_view bytes)
{
    std::vector<std::string_view> result;
    std::uint32_t state = static_cast<std::uint32_t>(bytes.size()) * 2654435761U + 1;
    while (!bytes.empty()) {
        state = (state ^ static_cast<unsigned char>(bytes.front())) * 1664525U + 1013904223U;
        const std::size_t length = 1 + (state >> 24) % 16;
        result.push_back(bytes.substr(0, length));
        bytes.remove_prefix(result.back().size());
    }
    return result;
}

inline void demand_json(std::string_view text)
{
    const std::string problem = net::json_problem(text);
    demand(problem.empty(), "what is written is JSON: " + problem, text);
}

/// The events of a stream, which are the same however its bytes are cut.
inline std::vector<wire::SseEvent> events_of(std::string_view bytes)
{
    std::vector<wire::SseEvent> events;
    std::vector<wire::SseEvent> events_of_slices;
    wire::SseReader whole;
    wire::SseReader sliced;
    const bool read = whole.feed(bytes, events);
    bool slices_read = true;
    for (const std::string_view piece : slices(bytes)) {
        slices_read = sliced.feed(piece, events_of_slices);
        if (!slices_read) break;
    }
    demand(read == slices_read && events == events_of_slices, "slicing does not change the events", bytes);
    if (read) demand(whole.in_the_middle() == sliced.in_the_middle(), "slicing does not change where it ends", bytes);
    return events;
}

/// What is assembled from the deltas that `reader` finds in a stream of events.
template <class Reader>
wire::AnswerAssembler assembled(Reader& reader, std::string_view bytes, std::vector<wire::Delta>& deltas)
{
    for (const wire::SseEvent& event : events_of(bytes)) reader.read(event, deltas);
    wire::AnswerAssembler assembler;
    for (const wire::Delta& delta : deltas) assembler.add(delta);
    return assembler;
}

/// A reader says what is wrong if and only if it gives nothing.
template <class Value>
bool was_read(const wire::Read<Value>& read, std::string_view bytes)
{
    demand(read.problem.empty() == read.value.has_value(), "a problem, or a value: " + read.problem, bytes);
    return read.value.has_value();
}

/// Without what is known of a request so that it is not lost in silence, but is never written: no translation has it.
inline wire::ChatRequest as_written(wire::ChatRequest request)
{
    request.unknown.clear();
    request.hosted_tools.clear();
    request.cache_hints = false;
    request.logprobs = false;
    request.choices = 1;
    return request;
}

/// A request that was read is written so that it can be read; what is read then stays the same for ever. `exactly`: it
/// stays the same at once.
template <class ReadRequest, class WriteRequest>
void check_request(std::string_view bytes, bool exactly, ReadRequest read_request, WriteRequest write_request)
{
    const auto first = read_request(bytes);
    if (!was_read(first, bytes)) return;
    const std::string written = write_request(*first.value);
    demand_json(written);
    const auto second = read_request(std::string_view(written));
    demand(second.value.has_value(), "a request that is written can be read: " + second.problem, written);
    if (exactly) demand(*second.value == as_written(*first.value), "a request reads back as it was", written);
    const std::string again = write_request(*second.value);
    const auto third = read_request(std::string_view(again));
    demand(third.value.has_value(), "a request that is written again can be read: " + third.problem, again);
    demand(*third.value == *second.value, "a request reads back as it was written", again);
}

}  // namespace chaos::fuzz
