// Values to bytes: heads and chunks, written as they are.
#include <charconv>

#include "net/http/codec.hpp"

namespace chaos::net::http {

std::string encode(const RequestHead& head, std::size_t room)
{
    std::string out;
    out.reserve(head.method.size() + head.target.size() + 16 + head.headers.wire_size_at_most() + room);
    out.append(head.method).append(" ").append(head.target).append(" HTTP/1.1\r\n");
    head.headers.append_to(out);
    out.append("\r\n");
    return out;
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
    char size[16];
    const auto end = std::to_chars(std::begin(size), std::end(size), bytes.size(), 16).ptr;
    std::string out;
    out.reserve(bytes.size() + sizeof size + 4);
    out.append(std::begin(size), end).append("\r\n").append(bytes).append("\r\n");
    return out;
}

}  // namespace chaos::net::http
