// The HTTP reader, as a server and as a client: slicing changes nothing, a head reads back as it is written.
#include <algorithm>

#include "net/http/codec.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace chaos::fuzz {
namespace {

using namespace net::http;

struct Outcome {
    bool failed = false;
    bool head_done = false;
    bool message_done = false;
    RequestHead request;
    ResponseHead response;
    std::string body;
    int version = 0;
};

Limits tight()
{
    Limits limits;
    limits.head_bytes = 2048;
    limits.header_count = 16;
    limits.body_bytes = 2048;
    return limits;
}

Outcome read(MessageKind kind, bool no_body, const std::vector<std::string_view>& pieces)
{
    MessageReader reader(kind, tight());
    if (no_body) reader.expect_no_body();
    Outcome outcome;
    std::string held;
    for (const std::string_view piece : pieces) {
        held += piece;
        const auto used = reader.feed(held);
        if (!used) {
            outcome.failed = true;
            demand(refusal_status(used.error()) >= 400, "a refusal has a status");
            return outcome;
        }
        demand(*used <= held.size(), "no more is used than is there", held);
        held.erase(0, *used);
        if (reader.message_done()) break;
        demand(held.size() <= tight().head_bytes, "no more than a head is left", held);
    }
    outcome.head_done = reader.head_done();
    if (!outcome.head_done) return outcome;
    if (kind == MessageKind::request) outcome.request = reader.request_head();
    if (kind == MessageKind::response) outcome.response = reader.response_head();
    outcome.version = reader.version();
    outcome.body = reader.take_body();
    demand(outcome.body.size() <= tight().body_bytes, "a body keeps its limit");
    outcome.message_done = reader.message_done();
    if (!outcome.message_done) outcome.message_done = !reader.finish() && reader.until_close();
    return outcome;
}

bool same_headers(const Headers& a, const Headers& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Header& left, const Header& right) {
        return left.name == right.name && left.value == right.value;
    });
}

void demand_equal(const Outcome& a, const Outcome& b, std::string_view about)
{
    // Of a message that has not ended, what is malformed may be seen earlier in one piece than in several.
    demand(a.failed == b.failed || (!a.message_done && !b.message_done), "no slicing makes a message of what is none",
           about);
    if (a.failed || b.failed) return;
    demand(a.head_done == b.head_done, "slicing does not change whether the head is there", about);
    demand(a.message_done == b.message_done, "slicing does not change whether the message is whole", about);
    demand(a.request.method == b.request.method && a.request.target == b.request.target, "the same request", about);
    demand(a.response.status == b.response.status && a.response.reason == b.response.reason, "the same status", about);
    demand(same_headers(a.request.headers, b.request.headers), "the same headers of a request", about);
    demand(same_headers(a.response.headers, b.response.headers), "the same headers of a response", about);
    demand(a.body == b.body, "the same body", about);
}

/// The head, written and read again, is the head. Chunked bodies need their bytes, so the body is left out.
void check_written(MessageKind kind, const Outcome& outcome)
{
    // It is written as HTTP/1.1, where a request has to name its host.
    if (kind == MessageKind::request && outcome.version == 10) return;
    const std::string head = kind == MessageKind::request ? encode(outcome.request) : encode(outcome.response);
    const Outcome again = read(kind, kind == MessageKind::response, {head});
    // Writing spells out what a reader may let pass: a head near its limit grows beyond it.
    if (again.failed && head.size() + 64 > tight().head_bytes) return;
    demand(!again.failed && again.head_done, "a head that is written can be read", head);
    demand(again.request.method == outcome.request.method && again.request.target == outcome.request.target,
           "a request line reads back", head);
    demand(again.response.status == outcome.response.status, "a status reads back", head);
    demand(same_headers(again.request.headers, outcome.request.headers), "a request's headers read back", head);
    demand(same_headers(again.response.headers, outcome.response.headers), "a response's headers read back", head);
}

}  // namespace
}  // namespace chaos::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace chaos::fuzz;
    const Labelled input = labelled(text_of(data, size));
    const MessageKind kind = input.label == "request" ? MessageKind::request : MessageKind::response;
    const bool no_body = input.label == "answer to HEAD";
    const Outcome whole = read(kind, no_body, {input.rest});
    demand_equal(whole, read(kind, no_body, slices(input.rest)), input.rest);
    if (!whole.failed && whole.head_done) check_written(kind, whole);
    return 0;
}
