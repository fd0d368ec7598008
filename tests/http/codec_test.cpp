// Raw bytes beside the value they become: whole, byte by byte, and split at every position; cut, never complete.
#include "net/http/codec.hpp"

#include <gtest/gtest.h>

#include <boost/beast/http/error.hpp>

namespace chaos::net::http {
namespace {

using Problem = boost::beast::http::error;

/// What a reader made of some bytes.
struct ReadOutcome {
    Error error;
    bool head_done = false;
    bool done = false;
    std::string start;    ///< "GET /x" or "200 OK"
    std::string headers;  ///< "name: value|name: value|"
    std::string body;
    bool keep_alive = false;
    std::string left;  ///< bytes that were not consumed
};

std::string joined(const Headers& headers)
{
    std::string text;
    for (const Header& field : headers) {
        text.append(field.name).append(": ").append(field.value).append("|");
    }
    return text;
}

/// Feeds bytes as a connection does: what was not consumed stays at the front of the next call.
class Feeder {
public:
    Feeder(MessageKind kind, const Limits& limits, bool no_body) : kind_(kind), reader_(kind, limits)
    {
        if (no_body) {
            reader_.expect_no_body();
        }
    }

    void feed(std::string_view bytes)
    {
        outcome_.left += bytes;
        if (outcome_.error || reader_.message_done()) {
            return;
        }
        const Result<std::size_t> used = reader_.feed(outcome_.left);
        if (!used) {
            outcome_.error = used.error();
            return;
        }
        outcome_.left.erase(0, *used);
        outcome_.body += reader_.take_body();
    }

    void finish()
    {
        if (!outcome_.error) {
            outcome_.error = reader_.finish();
        }
    }

    ReadOutcome outcome()
    {
        outcome_.head_done = reader_.head_done();
        outcome_.done = !outcome_.error && reader_.message_done();
        if (!outcome_.head_done) {
            return outcome_;
        }
        if (kind_ == MessageKind::request) {
            outcome_.start = reader_.request_head().method + " " + reader_.request_head().target;
            outcome_.headers = joined(reader_.request_head().headers);
        } else {
            outcome_.start = std::to_string(reader_.response_head().status) + " " + reader_.response_head().reason;
            outcome_.headers = joined(reader_.response_head().headers);
        }
        outcome_.keep_alive = reader_.keep_alive();
        return outcome_;
    }

private:
    MessageKind kind_;
    MessageReader reader_;
    ReadOutcome outcome_;
};

struct Row {
    std::string_view about;
    MessageKind kind;
    std::string bytes;
    std::string start;
    std::string headers;
    std::string body;
    bool keep_alive = true;
    std::string left = {};
    bool no_body = false;
    bool until_close = false;
};

constexpr auto request = MessageKind::request;
constexpr auto response = MessageKind::response;

const std::vector<Row>& good_messages()
{
    static const std::vector<Row> rows = {
        {"a request without body", request, "GET /x?y=1 HTTP/1.1\r\nHost: h\r\n\r\n", "GET /x?y=1", "Host: h|", ""},
        {"a request with a length", request, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello", "POST /",
         "Host: h|Content-Length: 5|", "hello"},
        {"white space around a value", request, "GET / HTTP/1.1\r\nHost:h\r\nA: \t b c \t\r\nB:\r\n\r\n", "GET /",
         "Host: h|A: b c|B: |", ""},
        {"the same field twice", request, "GET / HTTP/1.1\r\nhost: h\r\na: 1\r\nA: 2\r\n\r\n", "GET /",
         "host: h|a: 1|A: 2|", ""},
        {"empty lines before a request", request, "\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", "GET /", "Host: h|", ""},
        {"a pipelined request", request, "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\n", "GET /1", "Host: h|",
         "", true, "GET /2 HTTP/1.1\r\n"},
        {"a chunked request", request,
         "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n6;a=b;c=\"d\"\r\n "
         "world\r\n0\r\n\r\nX",
         "POST /", "Host: h|Transfer-Encoding: Chunked|", "hello world", true, "X"},
        {"the same length twice", request,
         "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab", "POST /",
         "Host: h|Content-Length: 2|Content-Length: 2|", "ab"},
        {"a request that closes", request, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "GET /",
         "Host: h|Connection: close|", "", false},
        {"HTTP/1.0", request, "GET / HTTP/1.0\r\n\r\n", "GET /", "", "", false},
        {"HTTP/1.0 that stays", request, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET /",
         "Connection: keep-alive|", ""},
        {"an unknown method", request, "BREW /pot HTTP/1.1\r\nHost: h\r\n\r\n", "BREW /pot", "Host: h|", ""},
        {"a response with a length", response, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP", "200 OK",
         "Content-Length: 3|", "abc", true, "HTTP"},
        {"an empty response", response, "HTTP/1.1 500 \r\nContent-Length: 0\r\n\r\n", "500 ", "Content-Length: 0|", ""},
        {"an unregistered status", response, "HTTP/1.1 529 Site is overloaded\r\nContent-Length: 0\r\n\r\n",
         "529 Site is overloaded", "Content-Length: 0|", ""},
        {"a chunked response with trailers", response,
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0000A\r\n0123456789\r\n0\r\nX-Sum: 1\r\nY: "
         "2\r\n\r\n",
         "200 OK", "Transfer-Encoding: chunked|", "abc0123456789"},
        {"a chunk of every byte that could be framing", response,
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n\r\n0\r\n\r\n\r\n\r\n0\r\n\r\n", "200 OK",
         "Transfer-Encoding: chunked|", "\r\n0\r\n\r\n\r\n"},
        {"an empty chunked response", response, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         "200 OK", "Transfer-Encoding: chunked|", ""},
        {"interim responses first", response,
         "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 201 "
         "Created\r\nContent-Length: 1\r\n\r\nz",
         "201 Created", "Content-Length: 1|", "z"},
        {"switching protocols ends the use of HTTP", response,
         "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nabc", "101 Switching Protocols", "Upgrade: x|", "",
         false, "abc"},
        {"204 has no body", response, "HTTP/1.1 204 No Content\r\n\r\nX", "204 No Content", "", "", true, "X"},
        {"304 has no body whatever its length", response, "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
         "304 Not Modified", "Content-Length: 9|", ""},
        {"an answer to HEAD", response, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "200 OK", "Content-Length: 9|",
         "", true, "", true},
        {"a chunked answer to HEAD", response, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "200 OK",
         "Transfer-Encoding: chunked|", "", true, "", true},
        {"an interim response and an answer to HEAD", response,
         "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "200 OK", "Content-Length: 9|",
         "", true, "", true},
        {"a response that closes", response, "HTTP/1.1 200 OK\r\nconnection: Close\r\ncontent-length: 0\r\n\r\n",
         "200 OK", "connection: Close|content-length: 0|", "", false},
        {"an HTTP/1.0 response", response, "HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n", "200 OK",
         "content-length: 0|", "", false},
        {"a body until the end of the connection", response, "HTTP/1.1 200 OK\r\nA: b\r\n\r\nall of it\r\n\r\n",
         "200 OK", "A: b|", "all of it\r\n\r\n", false, "", false, true},
        {"no body until the end of the connection", response, "HTTP/1.1 200 OK\r\n\r\n", "200 OK", "", "", false, "",
         false, true},
        {"a transfer coding that is not chunked", response, "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc",
         "200 OK", "Transfer-Encoding: gzip|", "abc", false, "", false, true},
    };
    return rows;
}

ReadOutcome read(const Row& row, const std::vector<std::string_view>& pieces)
{
    Feeder feeder(row.kind, {}, row.no_body);
    for (const std::string_view piece : pieces) {
        feeder.feed(piece);
    }
    feeder.finish();
    return feeder.outcome();
}

void expect_read(const Row& row, const std::vector<std::string_view>& pieces, const std::string& how)
{
    const ReadOutcome outcome = read(row, pieces);
    ASSERT_FALSE(outcome.error) << row.about << ", " << how << ": " << outcome.error.message();
    EXPECT_TRUE(outcome.done) << row.about << ", " << how;
    EXPECT_EQ(outcome.start, row.start) << row.about << ", " << how;
    EXPECT_EQ(outcome.headers, row.headers) << row.about << ", " << how;
    EXPECT_EQ(outcome.body, row.body) << row.about << ", " << how;
    EXPECT_EQ(outcome.keep_alive, row.keep_alive) << row.about << ", " << how;
    EXPECT_EQ(outcome.left, row.left) << row.about << ", " << how;
}

std::vector<std::string_view> single_bytes(std::string_view bytes)
{
    std::vector<std::string_view> pieces;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        pieces.push_back(bytes.substr(i, 1));
    }
    return pieces;
}

TEST(MessageReader, reads_messages_whole_byte_by_byte_and_split_anywhere)
{
    for (const Row& row : good_messages()) {
        const std::string_view bytes = row.bytes;
        expect_read(row, {bytes}, "whole");
        expect_read(row, single_bytes(bytes), "byte by byte");
        for (std::size_t i = 0; i <= bytes.size(); ++i) {
            expect_read(row, {bytes.substr(0, i), bytes.substr(i)}, "split at " + std::to_string(i));
        }
    }
}

TEST(MessageReader, never_takes_a_cut_message_for_a_complete_one)
{
    for (const Row& row : good_messages()) {
        const std::size_t message_size = row.bytes.size() - row.left.size();
        const std::size_t head_size = row.bytes.rfind("\r\n\r\n", message_size - row.body.size()) + 4;
        for (std::size_t cut = 0; cut < message_size; ++cut) {
            if (row.until_close && cut >= head_size) {
                continue;
            }
            const ReadOutcome outcome = read(row, {std::string_view(row.bytes).substr(0, cut)});
            EXPECT_FALSE(outcome.done) << row.about << ", cut at " << cut;
            EXPECT_TRUE(is_truncated(outcome.error))
                << row.about << ", cut at " << cut << ": " << outcome.error.message();
        }
    }
}

TEST(MessageReader, tells_nothing_at_all_from_a_part)
{
    MessageReader nothing(response, {});
    EXPECT_EQ(nothing.finish(), Problem::end_of_stream);
    MessageReader part(response, {});
    ASSERT_TRUE(part.feed("H"));
    EXPECT_EQ(part.finish(), Problem::partial_message);
}

struct BadRow {
    std::string_view about;
    MessageKind kind;
    std::string bytes;
    int status = 400;
};

const std::vector<BadRow>& bad_messages()
{
    static const std::string host = "Host: h\r\n";
    static const std::vector<BadRow> rows = {
        {"not HTTP", request, "\x16\x03\x01\x02\x03 hello\r\n\r\n"},
        {"no version", request, "GET /\r\n" + host + "\r\n"},
        {"HTTP/2", request, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
        {"a space in the target", request, "GET /a b HTTP/1.1\r\n" + host + "\r\n"},
        {"bare line feeds", request, "GET / HTTP/1.1\nHost: h\n\n\r\n\r\n"},
        {"no host", request, "GET / HTTP/1.1\r\n\r\n"},
        {"two hosts", request, "GET / HTTP/1.1\r\n" + host + host + "\r\n"},
        {"space before the colon", request, "GET / HTTP/1.1\r\n" + host + "Content-Length : 3\r\n\r\nabc"},
        {"a header without colon", request, "GET / HTTP/1.1\r\n" + host + "oops\r\n\r\n"},
        {"an empty header name", request, "GET / HTTP/1.1\r\n" + host + ": x\r\n\r\n"},
        {"NUL in a value", request, std::string("GET / HTTP/1.1\r\n") + host + "A: b" + '\0' + "c\r\n\r\n"},
        {"a bare CR in a value", request, "GET / HTTP/1.1\r\n" + host + "A: b\rc\r\n\r\n"},
        {"length beside chunked", request,
         "POST / HTTP/1.1\r\n" + host + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc"},
        {"chunked beside length", request,
         "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"},
        {"lengths that differ", request,
         "POST / HTTP/1.1\r\n" + host + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"},
        {"lengths that differ in one field", request,
         "POST / HTTP/1.1\r\n" + host + "Content-Length: 3, 4\r\n\r\nabcd"},
        {"a negative length", request, "POST / HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n"},
        {"a signed length", request, "POST / HTTP/1.1\r\n" + host + "Content-Length: +3\r\n\r\nabc"},
        {"a hexadecimal length", request, "POST / HTTP/1.1\r\n" + host + "Content-Length: 0x3\r\n\r\nabc"},
        {"an empty length", request, "POST / HTTP/1.1\r\n" + host + "Content-Length: \r\n\r\n"},
        {"a length beyond 64 bits", request,
         "POST / HTTP/1.1\r\n" + host + "Content-Length: 18446744073709551616\r\n\r\n"},
        {"chunked that is not last", request,
         "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked, gzip\r\n\r\n"},
        {"another transfer coding", request,
         "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
        {"a misspelt transfer coding", request,
         "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"},
        {"chunked twice", request,
         "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"},
        {"a coding in a second field", request,
         "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        {"chunked in HTTP/1.0", request, "POST / HTTP/1.0\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        {"a chunk size that is none", request,
         "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n"},
        {"a chunk size beyond 64 bits", request,
         "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n1FFFFFFFFFFFFFFFF\r\nabc\r\n"},
        {"a chunk longer than its size", request,
         "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n"},
        {"not a response", response, "<html>502</html>\r\n\r\n"},
        {"a status of two digits", response, "HTTP/1.1 20 OK\r\n\r\n"},
        {"a status below 100", response, "HTTP/1.1 010 Continue\r\n\r\n"},
        {"length beside chunked in a response", response,
         "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc"},
        {"lengths that differ in a response", response,
         "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"},
        {"a length beyond the limit", request, "POST / HTTP/1.1\r\n" + host + "Content-Length: 33554433\r\n\r\n", 413},
        {"a chunk beyond the limit", request,
         "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n2000001\r\nabc\r\n", 413},
        {"a length of the response beyond the limit", response, "HTTP/1.1 200 OK\r\nContent-Length: 33554433\r\n\r\n",
         413},
    };
    return rows;
}

void expect_refused(const BadRow& row, const std::vector<std::string_view>& pieces, const std::string& how)
{
    Feeder feeder(row.kind, {}, false);
    for (const std::string_view piece : pieces) {
        feeder.feed(piece);
    }
    const ReadOutcome outcome = feeder.outcome();
    ASSERT_TRUE(outcome.error) << row.about << ", " << how;
    EXPECT_FALSE(outcome.done) << row.about << ", " << how;
    EXPECT_EQ(refusal_status(outcome.error), row.status) << row.about << ", " << how << ": " << outcome.error.message();
    EXPECT_EQ(is_too_large(outcome.error), row.status != 400) << row.about;
}

TEST(MessageReader, refuses_what_is_malformed_or_means_two_things_however_it_is_split)
{
    for (const BadRow& row : bad_messages()) {
        const std::string_view bytes = row.bytes;
        expect_refused(row, {bytes}, "whole");
        expect_refused(row, single_bytes(bytes), "byte by byte");
        for (std::size_t i = 0; i <= bytes.size(); ++i) {
            expect_refused(row, {bytes.substr(0, i), bytes.substr(i)}, "split at " + std::to_string(i));
        }
    }
}

Limits small_limits()
{
    Limits limits;
    limits.head_bytes = 200;
    limits.header_count = 4;
    limits.body_bytes = 10;
    return limits;
}

ReadOutcome read_limited(MessageKind kind, std::string_view bytes, std::size_t step)
{
    Feeder feeder(kind, small_limits(), false);
    for (std::size_t i = 0; i < bytes.size(); i += step) {
        feeder.feed(bytes.substr(i, step));
    }
    feeder.finish();
    return feeder.outcome();
}

std::string request_of(std::size_t head_bytes)
{
    const std::string frame = "GET / HTTP/1.1\r\nHost: h\r\nA: \r\n\r\n";
    return "GET / HTTP/1.1\r\nHost: h\r\nA: " + std::string(head_bytes - frame.size(), 'x') + "\r\n\r\n";
}

std::string chunked_response(std::string_view rest)
{
    return std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").append(rest);
}

TEST(MessageReader, holds_each_limit_exactly_at_every_step_width)
{
    const std::string four_fields = "GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\nB: 2\r\nC: 3\r\n";
    const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n";
    const std::string final_response = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    struct {
        std::string_view about;
        MessageKind kind;
        std::string within;
        std::string beyond;
        Problem problem;
    } const table[] = {
        {"head bytes", request, request_of(200), request_of(201), Problem::header_limit},
        {"the start line", request, "GET /" + std::string(150, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n",
         "GET /" + std::string(250, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n", Problem::header_limit},
        {"header count", request, four_fields + "\r\n", four_fields + "D: 4\r\n\r\n", Problem::header_limit},
        {"empty lines", request, "\r\n\r\n" + request_of(196), "\r\n\r\n" + request_of(197), Problem::header_limit},
        {"interim responses", response, interim + interim + final_response,
         interim + interim + interim + interim + interim + interim + interim + final_response, Problem::header_limit},
        {"the length of a body", response, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789",
         "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n01234567890", Problem::body_limit},
        {"the sum of chunks", response, chunked_response("6\r\n123456\r\n4\r\n1234\r\n0\r\n\r\n"),
         chunked_response("6\r\n123456\r\n5\r\n12345\r\n0\r\n\r\n"), Problem::body_limit},
        {"a body until the end", response, "HTTP/1.1 200 OK\r\n\r\n0123456789", "HTTP/1.1 200 OK\r\n\r\n01234567890",
         Problem::body_limit},
        {"a chunk extension", response, chunked_response("1;a=" + std::string(100, 'x') + "\r\n1\r\n0\r\n\r\n"),
         chunked_response("1;a=" + std::string(300, 'x')), Problem::header_limit},
        {"trailers", response, chunked_response("0\r\nA: b\r\n\r\n"),
         chunked_response("0\r\nA: " + std::string(300, 'x')), Problem::header_limit},
        {"the number of trailers", response, chunked_response("0\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n"),
         chunked_response("0\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\n"), Problem::header_limit},
    };
    for (const auto& row : table) {
        for (const std::size_t step : {1U, 2U, 3U, 7U, 64U, 1000U}) {
            const ReadOutcome within = read_limited(row.kind, row.within, step);
            EXPECT_TRUE(within.done) << row.about << ", step " << step << ": " << within.error.message();
            const ReadOutcome beyond = read_limited(row.kind, row.beyond, step);
            EXPECT_EQ(beyond.error, row.problem) << row.about << ", step " << step << ": " << beyond.error.message();
        }
    }
}

/// Draws the same numbers on every machine.
class Dice {
public:
    std::size_t below(std::size_t bound)
    {
        state_ = state_ * 6364136223846793005U + 1442695040888963407U;
        return static_cast<std::size_t>(state_ >> 33) % bound;
    }

private:
    std::uint64_t state_ = 7;
};

std::string mutated(std::string bytes, Dice& dice)
{
    static const std::string interesting = "\r\n\r\n \t:;,0123456789aAfFxX\x01\xff/\"=-";
    const std::size_t changes = 1 + dice.below(3);
    for (std::size_t i = 0; i < changes; ++i) {
        const std::size_t at = dice.below(bytes.size() + 1);
        switch (dice.below(4)) {
            case 0:
                bytes.insert(at, 1, interesting[dice.below(interesting.size())]);
                break;
            case 1:
                bytes.erase(at, 1);
                break;
            case 2:
                bytes.replace(at, 1, 1, interesting[dice.below(interesting.size())]);
                break;
            default:
                bytes.insert(at, bytes.substr(dice.below(bytes.size() + 1), dice.below(12)));
                break;
        }
    }
    return bytes;
}

TEST(MessageReader, makes_the_same_of_any_bytes_however_they_are_split)
{
    Dice dice;
    int read_well = 0;
    int refused = 0;
    for (int round = 0; round < 200; ++round) {
        for (const Row& original : good_messages()) {
            Row row = original;
            row.bytes = mutated(original.bytes, dice);
            const ReadOutcome whole = read(row, {row.bytes});
            const std::size_t at = dice.below(row.bytes.size() + 1);
            const std::string_view bytes = row.bytes;
            for (const auto& pieces : {single_bytes(bytes), {bytes.substr(0, at), bytes.substr(at)}}) {
                const ReadOutcome split = read(row, pieces);
                ASSERT_EQ(split.done, whole.done) << row.bytes << "\n"
                                                  << whole.error.message() << "\n"
                                                  << split.error.message();
                if (whole.done) {
                    ASSERT_EQ(split.start + split.headers + split.body, whole.start + whole.headers + whole.body)
                        << row.bytes;
                    ASSERT_EQ(split.left, whole.left) << row.bytes;
                    ASSERT_EQ(split.keep_alive, whole.keep_alive) << row.bytes;
                }
            }
            ++(whole.done ? read_well : refused);
        }
    }
    EXPECT_GT(read_well, 1'000);
    EXPECT_GT(refused, 1'000);
}

TEST(MessageReader, tells_version_and_body_size_and_gives_the_head_away)
{
    MessageReader reader(request, {});
    ASSERT_TRUE(reader.feed("POST /a HTTP/1.0\r\nContent-Length: 3\r\n\r\nab"));
    EXPECT_EQ(reader.version(), 10);
    EXPECT_TRUE(reader.head_done());
    EXPECT_FALSE(reader.message_done());
    EXPECT_EQ(reader.body_size(), 2U);
    EXPECT_EQ(reader.take_body(), "ab");
    EXPECT_EQ(reader.body_size(), 0U);
    EXPECT_EQ(reader.take_request_head().target, "/a");
}

TEST(Encode, writes_heads_as_they_are)
{
    EXPECT_EQ(encode(RequestHead{"POST", "/v1/x", {{"Host", "h"}, {"A", ""}}}),
              "POST /v1/x HTTP/1.1\r\nHost: h\r\nA: \r\n\r\n");
    EXPECT_EQ(encode(ResponseHead{404, "", {{"A", "b"}}}), "HTTP/1.1 404 Not Found\r\nA: b\r\n\r\n");
    EXPECT_EQ(encode(ResponseHead{200, "Fine", {}}), "HTTP/1.1 200 Fine\r\n\r\n");
    EXPECT_EQ(encode(ResponseHead{529, "", {}}), "HTTP/1.1 529 \r\n\r\n");
}

TEST(Encode, writes_chunks_that_are_read_back)
{
    EXPECT_EQ(encode_chunk("hello"), "5\r\nhello\r\n");
    EXPECT_EQ(encode_chunk(std::string(0x1a2b, 'x')).substr(0, 6), "1a2b\r\n");
    MessageReader reader(response, {});
    std::string bytes = encode(ResponseHead{200, "", {{"transfer-encoding", "chunked"}}});
    std::string body;
    for (const std::size_t size : {1U, 15U, 16U, 255U, 4096U}) {
        bytes += encode_chunk(std::string(size, 'a'));
        body += std::string(size, 'a');
    }
    bytes += last_chunk;
    EXPECT_EQ(reader.feed(bytes).value(), bytes.size());
    EXPECT_TRUE(reader.message_done());
    EXPECT_EQ(reader.take_body(), body);
}

TEST(RefusalStatus, tells_malformed_from_too_large)
{
    EXPECT_EQ(refusal_status(Problem::bad_method), 400);
    EXPECT_EQ(refusal_status(Problem::header_limit), 431);
    EXPECT_EQ(refusal_status(Problem::body_limit), 413);
    EXPECT_TRUE(is_too_large(asio::error::message_size));
    EXPECT_FALSE(is_too_large(Problem::partial_message));
    EXPECT_FALSE(is_truncated(Problem::bad_chunk));
}

}  // namespace
}  // namespace chaos::net::http
