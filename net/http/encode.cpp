// Values to bytes: heads and chunks, written as they are.
#include <charconv>

#include "net/http/codec.hpp"

namespace chaos::net::http {

void append_number(std::string& out, std::uint64_t number, int base)
{
    char digits[20];
    out.append(std::begin(digits), std::to_chars(std::begin(digits), std::end(digits), number, base).ptr);
}

std::string encode_open(const RequestHead& head, std::size_t room)
{
    std::string out;
    out.reserve(head.method.size() + head.target.size() + 16 + head.headers.wire_size_at_most() + room);
    out.append(head.method).append(" ").append(head.target).append(" HTTP/1.1\r\n");
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
    append_number(out, bytes.size(), 16);
    out.append("\r\n").append(bytes).append("\r\n");
    return out;
}

}  // namespace chaos::net::http
