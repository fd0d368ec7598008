// Values to bytes: heads and chunks, written as they are.
#include <charconv>

#include "net/http/codec.hpp"

namespace chaos::net::http {

namespace {

void append_headers(std::string& out, const Headers& headers)
{
    for (const Header& field : headers) {
        out.append(field.name).append(": ").append(field.value).append("\r\n");
    }
    out.append("\r\n");
}

std::size_t size_of(const Headers& headers)
{
    std::size_t size = 2;
    for (const Header& field : headers) {
        size += field.name.size() + field.value.size() + 4;
    }
    return size;
}

}  // namespace

std::string encode(const RequestHead& head)
{
    std::string out;
    out.reserve(head.method.size() + head.target.size() + 16 + size_of(head.headers));
    out.append(head.method).append(" ").append(head.target).append(" HTTP/1.1\r\n");
    append_headers(out, head.headers);
    return out;
}

std::string encode(const ResponseHead& head)
{
    const std::string_view reason = head.reason.empty() ? standard_reason(head.status) : head.reason;
    std::string out;
    out.reserve(24 + reason.size() + size_of(head.headers));
    out.append("HTTP/1.1 ").append(std::to_string(head.status)).append(" ").append(reason).append("\r\n");
    append_headers(out, head.headers);
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
