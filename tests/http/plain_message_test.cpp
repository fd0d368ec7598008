// The short way and the full parser read the same: of a plain message, and of everything near one.
#include "net/http/plain_message.hpp"

#include <gtest/gtest.h>

#include <set>

#include "net/http/codec.hpp"

namespace chaos::net::http {
namespace {

const std::string plain_request =
    "POST /v1/chat/completions?a=b HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: curl/7.88.1\r\nconnection: "
    "keep-alive\r\nAccept:  */* \r\nX-Empty:\r\nContent-Length: 5\r\n\r\nhello";
const std::string plain_response =
    "HTTP/1.1 429 Too Many\r\ndate: Sat, 28 Nov 2026 16:00:00 GMT\r\nupgrades: 1\r\nCONTENT-LENGTH:3\r\na: 1\r\nA: "
    "2\r\n\r\nabc";

std::string with(std::string text, const std::string& what, const std::string& instead)
{
    return text.replace(text.find(what), what.size(), instead);
}

/// All that a reading tells, as text.
std::string told(const Headers& headers, std::string_view start, std::string_view body, std::size_t used)
{
    std::string text(start);
    text += '\n';
    headers.append_to(text);
    return text.append(body).append("|").append(std::to_string(used));
}

std::string told(const RequestHead& head, std::string_view body, std::size_t used)
{
    return told(head.headers, head.method + " " + head.target, body, used);
}

std::string told(const ResponseHead& head, std::string_view body, std::size_t used)
{
    return told(head.headers, std::to_string(head.status) + " " + head.reason, body, used);
}

/// By the short way; empty if it does not take them.
std::string read_shortly(MessageKind kind, std::string_view bytes, const Limits& limits)
{
    std::string body;
    if (kind == MessageKind::request) {
        RequestHead head;
        const auto used = read_plain(bytes, limits, head, body);
        return used ? told(head, body, *used) : "";
    }
    ResponseHead head;
    const auto used = read_plain(bytes, limits, head, body);
    return used ? told(head, body, *used) : "";
}

/// By the full parser: what comes one byte before the rest is not plain.
std::string read_fully(MessageKind kind, std::string_view bytes, const Limits& limits)
{
    MessageReader reader(kind, limits);
    const Result<std::size_t> first = reader.feed(bytes.substr(0, 1));
    if (!first) return "refused: " + first.error().message();
    const Result<std::size_t> rest = reader.feed(bytes.substr(*first));
    if (!rest) return "refused: " + rest.error().message();
    if (!reader.message_done()) return "not complete";
    if (!reader.keep_alive() || reader.until_close() || reader.version() != 11) return "not plain";
    const std::size_t used = *first + *rest;
    const std::string body = reader.take_body();
    return kind == MessageKind::request ? told(reader.request_head(), body, used)
                                        : told(reader.response_head(), body, used);
}

TEST(PlainMessage, is_what_is_whole_and_says_nothing_unusual)
{
    const auto request = MessageKind::request;
    const auto response = MessageKind::response;
    struct Row {
        const char* what;
        MessageKind kind;
        std::string bytes;
        bool plain;
    };
    const Row rows[] = {
        {"a request", request, plain_request, true},
        {"a request and the next one", request, plain_request + plain_request, true},
        {"without a body", request, "GET / HTTP/1.1\r\nhost: x\r\n\r\n", true},
        {"a proxy's target", request, "GET http://h/p HTTP/1.1\r\nhost: x\r\n\r\n", true},
        {"a response", response, plain_response, true},
        {"without a reason", response, "HTTP/1.1 200 \r\ncontent-length: 0\r\n\r\n", true},
        {"nothing", request, "", false},
        {"half a body", request, plain_request.substr(0, plain_request.size() - 1), false},
        {"an empty line before", request, "\r\n" + plain_request, false},
        {"no host", request, with(plain_request, "Host", "Most"), false},
        {"two hosts", request, with(plain_request, "X-Empty:", "hOST: a"), false},
        {"HTTP/1.0", request, with(plain_request, "/1.1", "/1.0"), false},
        {"an upgrade", request, with(plain_request, "X-Empty:", "upgrade: h2c"), false},
        {"a connection that closes", request, with(plain_request, "keep-alive", "close"), false},
        {"more about the connection", request, with(plain_request, "keep-alive", "keep-alive, close"), false},
        {"a proxy's connection", request, with(plain_request, "X-Empty:", "proxy-connection: close"), false},
        {"chunks", request, with(plain_request, "X-Empty:", "transfer-encoding: chunked"), false},
        {"two lengths", request, with(plain_request, "X-Empty:", "content-length: 5"), false},
        {"a list of lengths", request, with(plain_request, ": 5", ": 5, 5"), false},
        {"a signed length", request, with(plain_request, ": 5", ": +5"), false},
        {"a negative length", request, with(plain_request, ": 5", ": -5"), false},
        {"no length", request, with(plain_request, ": 5", ": "), false},
        {"a huge length", request, with(plain_request, ": 5", ": 18446744073709551621"), false},
        {"a folded line", request, with(plain_request, "X-Empty:\r\n", "X-Empty:\r\n more\r\n"), false},
        {"a bare line feed", request, with(plain_request, "X-Empty:\r\n", "X-Empty:\n"), false},
        {"a bare carriage return", request, with(plain_request, "X-Empty:\r\n", "X-Empty:\r\r\n"), false},
        {"a space before the colon", request, with(plain_request, "X-Empty:", "X-Empty :"), false},
        {"a tab", request, with(plain_request, "X-Empty:", "X-Empty:\t"), false},
        {"a letter beyond ASCII", request, with(plain_request, "X-Empty:", "X-Empty: \xc3\xa4"), false},
        {"two spaces before the version", request, with(plain_request, " HTTP", "  HTTP"), false},
        {"a response without length", response, with(plain_response, "CONTENT-LENGTH", "x"), false},
        {"an interim response", response, with(plain_response, "429", "100"), false},
        {"a response that has no body", response, with(plain_response, "429", "304"), false},
        {"a status of two digits", response, with(plain_response, "429", "42 "), false},
        {"no space behind the status", response, with(plain_response, "429 ", "429"), false},
    };
    for (const Row& row : rows) {
        const std::string outcome = read_shortly(row.kind, row.bytes, {});
        EXPECT_EQ(!outcome.empty(), row.plain) << row.what;
        if (row.plain) EXPECT_EQ(outcome, read_fully(row.kind, row.bytes, {})) << row.what;
    }
}

TEST(PlainMessage, is_within_every_limit)
{
    Limits limits;
    const std::size_t head_size = plain_request.size() - 5;
    struct Row {
        std::size_t Limits::*limit;
        std::size_t enough;
    };
    for (const Row& row :
         {Row{&Limits::head_bytes, head_size}, Row{&Limits::header_count, 6}, Row{&Limits::body_bytes, 5}}) {
        limits = {};
        limits.*row.limit = row.enough;
        EXPECT_NE(read_shortly(MessageKind::request, plain_request, limits), "") << row.enough;
        limits.*row.limit = row.enough - 1;
        EXPECT_EQ(read_shortly(MessageKind::request, plain_request, limits), "") << row.enough;
        EXPECT_EQ(read_fully(MessageKind::request, plain_request, limits).substr(0, 7), "refused") << row.enough;
    }
}

/// Whatever one byte more, less or other makes of a message: where the short way takes it, the full parser agrees.
TEST(PlainMessage, is_never_read_in_another_way_than_by_the_full_parser)
{
    const std::string bytes_to_try("\0\t\n\r !\"#(),-./059:;@AZ[_az{~\x7f\x80\xff", 31);
    for (const auto& [kind, seed] :
         {std::pair(MessageKind::request, plain_request), std::pair(MessageKind::response, plain_response)}) {
        std::set<std::string> variants;
        for (std::size_t at = 0; at < seed.size(); ++at) {
            variants.insert(std::string(seed).erase(at, 1));
            variants.insert(seed.substr(0, at));
            for (const char byte : bytes_to_try) {
                std::string other = seed;
                other[at] = byte;
                variants.insert(other);
                variants.insert(std::string(seed).insert(at, 1, byte));
            }
        }
        std::size_t taken = 0;
        for (const std::string& variant : variants) {
            const std::string outcome = read_shortly(kind, variant, {});
            if (outcome.empty()) continue;
            ++taken;
            ASSERT_EQ(outcome, read_fully(kind, variant, {})) << variant;
        }
        EXPECT_GT(taken, variants.size() / 10);
    }
}

}  // namespace
}  // namespace chaos::net::http
