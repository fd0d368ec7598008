// What makes an answer complete, and its form in the store.
#include "router/idempotency/stored_answer.hpp"

#include <algorithm>
#include <array>

#include "store/record.hpp"
#include "wire/sse.hpp"

namespace chaos::router {
namespace {

constexpr std::int64_t answer_format = 1;

constexpr std::array<std::string_view, 7> of_the_moment{"date",    "connection", "keep-alive",       "content-length",
                                                        "trailer", "upgrade",    "transfer-encoding"};

/// Inside of JSON text a quote is escaped, so that these stand in no answer's own words.
constexpr std::array<std::string_view, 3> last_types{R"("type":"response.completed")",
                                                     R"("type":"response.incomplete")", R"("type":"message_stop")"};
/// How the lines of a last event begin.
constexpr std::array<std::string_view, 5> last_lines{"data: [DONE]", "data:[DONE]", "event: message_stop",
                                                     "event: response.completed", "event: response.incomplete"};
constexpr std::string_view done_data = "[DONE]";

bool is_event_stream(const net::http::ResponseHead& head)
{
    return head.headers.find("content-type").value_or("").starts_with("text/event-stream");
}

/// A line, not words somewhere in one.
bool has_line(std::string_view bytes, std::string_view beginning)
{
    for (auto at = bytes.find(beginning); at != std::string_view::npos; at = bytes.find(beginning, at + 1)) {
        if (at == 0 || bytes[at - 1] == '\n' || bytes[at - 1] == '\r') return true;
    }
    return false;
}

bool is_last_event(const wire::SseEvent& event)
{
    if (event.data == done_data) return true;
    return event.name == "message_stop" || event.name == "response.completed" || event.name == "response.incomplete" ||
           std::any_of(last_types.begin(), last_types.end(),
                       [&](std::string_view type) { return event.data.find(type) != std::string::npos; });
}

bool is_error_event(const wire::SseEvent& event)
{
    return event.name == "error" || event.name == "response.failed" || event.data.starts_with(R"({"error":)") ||
           event.data.starts_with(R"({"type":"error")") ||
           event.data.find(R"("type":"response.failed")") != std::string::npos;
}

}  // namespace

StoredAnswer answer_to_keep(const net::http::ResponseHead& head, bool stream, std::string body)
{
    StoredAnswer answer;
    answer.head = head;
    for (const std::string_view name : of_the_moment) answer.head.headers.remove(name);
    answer.stream = stream;
    answer.body = std::move(body);
    return answer;
}

std::string write_stored_answer(const StoredAnswer& answer)
{
    store::RecordWriter record;
    record.number(answer_format).number(answer.head.status).number(answer.stream ? 1 : 0).text(answer.body);
    for (const net::http::Header& header : answer.head.headers) record.text(header.name).text(header.value);
    return record.take();
}

std::optional<StoredAnswer> read_stored_answer(std::string_view bytes)
{
    store::RecordReader record(bytes);
    if (record.number() != answer_format) return std::nullopt;
    StoredAnswer answer;
    answer.head.status = static_cast<int>(record.number());
    answer.stream = record.number() == 1;
    answer.body = record.text();
    while (record.good() && !record.at_end()) {
        const std::string name = record.text();
        answer.head.headers.add(name, record.text());
    }
    return record.good() ? std::optional(std::move(answer)) : std::nullopt;
}

bool is_complete_success(const net::http::ResponseHead& head, bool stream, std::string_view body)
{
    if (head.status < 200 || head.status > 299) return false;
    if (!stream) return true;
    if (!is_event_stream(head)) return false;
    wire::SseReader reader(body.size() + 1);
    std::vector<wire::SseEvent> events;
    if (!reader.feed(body, events) || reader.in_the_middle() || events.empty()) return false;
    return is_last_event(events.back()) && std::none_of(events.begin(), events.end(), is_error_event);
}

bool says_the_end(std::string_view bytes)
{
    const auto holds = [bytes](std::string_view text) { return bytes.find(text) != std::string_view::npos; };
    return std::any_of(last_lines.begin(), last_lines.end(),
                       [&](std::string_view line) { return has_line(bytes, line); }) ||
           std::any_of(last_types.begin(), last_types.end(), holds);
}

}  // namespace chaos::router
