// Values to bytes: heads and chunks, written as they are.
#include <charconv>

#include "net/http/codec.hpp"

namespace chaos::net::http {

using namespace std::string_view_literals;  // whose sizes need not be counted

void append_decimal(std::string& out, std::uint64_t number)
{
    char digits[20];
    const char* const end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
    out += std::string_view(digits, end);
}

void append_hexadecimal(std::string& out, std::uint64_t number)
{
    char digits[16];
    const char* const end = std::to_chars(std::begin(digits), std::end(digits), number, 16).ptr;
    out += std::string_view(digits, end);
}

std::string encode_open(const RequestHead& head, std::size_t room)
{
    std::string out;
    out.reserve(head.method.size() + head.target.size() + 16 + head.headers.wire_size_at_most() + room);
    out.append(head.method).append(" "sv).append(head.target).append(" HTTP/1.1\r\n"sv);
    head.headers.append_to(out);
    return out;
}

std::string encode(const RequestHead& head)
{
    return encode_open(head, 2).append("\r\n");
}

std::string encode(const ResponseHead& head)
{
    const std::string_view reason = head.reason.empty() ? standard_reason(head.status) : head.reason;
    std::string out;
    out.reserve(24 + reason.size() + head.headers.wire_size_at_most());
    out.append("HTTP/1.1 ").append(std::to_string(head.status)).append(" ").append(reason).append("\r\n");
    head.headers.append_to(out);
    out.append("\r\n");
    return out;
}

std::string encode_chunk(std::string_view bytes)
{
    std::string out;
    out.reserve(bytes.size() + 20);
    append_hexadecimal(out, bytes.size());
    out.append("\r\n"sv).append(bytes).append("\r\n"sv);
    return out;
}

}  // namespace chaos::net::http
