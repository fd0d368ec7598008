// Plain messages: one walk over the head, eight bytes at a step where it can be.
#include "net/http/plain_message.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace chaos::net::http {

namespace {

/// A field of more is not plain.
constexpr std::size_t longest_plain_line = 16 * 1024;
/// Most heads are no longer; of those that are, it is the beginning.
constexpr std::size_t usual_plain_head = 512;
/// More would not be whole in one read; and no number of so many digits overflows.
constexpr std::size_t longest_plain_length = 9;

/// RFC 9110, 5.6.2: what names are made of.
constexpr std::array<bool, 256> token_characters = [] {
    std::array<bool, 256> is{};
    for (int c = '0'; c <= '9'; ++c) is[static_cast<std::size_t>(c)] = true;
    for (int c = 'a'; c <= 'z'; ++c) is[static_cast<std::size_t>(c)] = true;
    for (int c = 'A'; c <= 'Z'; ++c) is[static_cast<std::size_t>(c)] = true;
    for (const char c : {'!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~'}) {
        is[static_cast<unsigned char>(c)] = true;
    }
    return is;
}();

bool is_plain(char c)
{
    return c >= 0x20 && c < 0x7f;
}

/// Whether all of eight bytes are from 0x20 to 0x7e.
bool are_plain(std::uint64_t bytes)
{
    constexpr std::uint64_t each = 0x0101010101010101;
    const std::uint64_t below_20 = (bytes - each * 0x20) & ~bytes;
    const std::uint64_t is_7f = (bytes ^ (each * 0x7f)) - each;  // a top bit is set if any byte is 0x7f or above
    return ((below_20 | is_7f | bytes) & (each * 0x80)) == 0;
}

/// Takes lines from the front of a head.
class PlainLines {
public:
    explicit PlainLines(std::string_view bytes) : rest_(bytes) {}

    std::string_view rest() const { return rest_; }

    /// Up to `end`, which is taken as well: a token of at least one character.
    std::optional<std::string_view> token(char end)
    {
        std::size_t at = 0;
        while (at < rest_.size() && token_characters[static_cast<unsigned char>(rest_[at])]) {
            ++at;
        }
        if (at == 0 || at == rest_.size() || rest_[at] != end) {
            return std::nullopt;
        }
        return take(at, 1);
    }

    /// Up to the line's end, which is taken as well: plain characters.
    std::optional<std::string_view> line()
    {
        const std::size_t most = std::min(rest_.size(), longest_plain_line);
        std::size_t at = 0;
        std::uint64_t eight = 0;
        for (; at + sizeof eight <= most; at += sizeof eight) {
            std::memcpy(&eight, rest_.data() + at, sizeof eight);
            if (!are_plain(eight)) {
                break;
            }
        }
        while (at < most && is_plain(rest_[at])) {
            ++at;
        }
        if (rest_.substr(at, 2) != "\r\n") {
            return std::nullopt;
        }
        return take(at, 2);
    }

    bool skip(std::string_view expected)
    {
        const bool there = rest_.starts_with(expected);
        if (there) {
            rest_.remove_prefix(expected.size());
        }
        return there;
    }

private:
    std::string_view take(std::size_t size, std::size_t behind)
    {
        const std::string_view taken = rest_.substr(0, size);
        rest_.remove_prefix(size + behind);
        return taken;
    }

    std::string_view rest_;
};

std::string_view without_spaces_around(std::string_view text)
{
    while (text.starts_with(' ')) {
        text.remove_prefix(1);
    }
    while (text.ends_with(' ')) {
        text.remove_suffix(1);
    }
    return text;
}

/// What the fields of a head say about its message.
struct PlainFraming {
    std::size_t hosts = 0;
    std::optional<std::size_t> length;

    /// False if the field makes the message an unusual one.
    bool take_in(std::string_view name, std::string_view value)
    {
        switch (name.size()) {  // most fields are told by that
            case 4:
                hosts += same_name(name, "host") ? 1 : 0;
                return true;
            case 7:
                return !same_name(name, "upgrade");
            case 10:
                return !same_name(name, "connection") || same_name(value, "keep-alive");
            case 14:
                return !same_name(name, "content-length") || read_length(value);
            case 16:
                return !same_name(name, "proxy-connection");
            case 17:
                return !same_name(name, "transfer-encoding");
            default:
                return true;
        }
    }

private:
    bool read_length(std::string_view digits)
    {
        std::size_t number = 0;
        const char* const end = digits.data() + digits.size();
        const bool plain = !length && !digits.empty() && digits.size() <= longest_plain_length &&
                           std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; }) &&
                           std::from_chars(digits.data(), end, number).ptr == end;
        length = number;
        return plain;
    }
};

std::optional<PlainFraming> read_plain_fields(PlainLines& lines, const Limits& limits, Headers& headers)
{
    headers.reserve(std::min(lines.rest().size(), usual_plain_head));
    PlainFraming framing;
    std::size_t count = 0;
    while (!lines.skip("\r\n")) {
        const std::optional<std::string_view> name = lines.token(':');
        const std::optional<std::string_view> line = name ? lines.line() : std::nullopt;
        if (!line || ++count > limits.header_count) {
            return std::nullopt;
        }
        const std::string_view value = without_spaces_around(*line);
        if (!framing.take_in(*name, value)) {
            return std::nullopt;
        }
        headers.add(*name, value);
    }
    return framing;
}

/// What is left of `bytes` when the head is taken; nothing if the body is not whole.
std::optional<std::size_t> read_plain_body(std::string_view bytes, const PlainLines& behind_head, std::size_t length,
                                           const Limits& limits, std::string& body)
{
    const std::size_t head_size = bytes.size() - behind_head.rest().size();
    if (head_size > limits.head_bytes || length > limits.body_bytes || length > behind_head.rest().size()) {
        return std::nullopt;
    }
    body.assign(behind_head.rest().substr(0, length));
    return head_size + length;
}

}  // namespace

std::optional<std::size_t> read_plain(std::string_view bytes, const Limits& limits, RequestHead& head,
                                      std::string& body)
{
    PlainLines lines(bytes);
    const std::optional<std::string_view> method = lines.token(' ');
    const std::optional<std::string_view> line = method ? lines.line() : std::nullopt;
    constexpr std::string_view version = " HTTP/1.1";
    if (!line || line->size() <= version.size() || !line->ends_with(version)) {
        return std::nullopt;
    }
    const std::string_view target = line->substr(0, line->size() - version.size());
    if (target.find(' ') != std::string_view::npos) {
        return std::nullopt;
    }
    const std::optional<PlainFraming> framing = read_plain_fields(lines, limits, head.headers);
    if (!framing || framing->hosts != 1) {
        return std::nullopt;
    }
    head.method = *method;
    head.target = target;
    return read_plain_body(bytes, lines, framing->length.value_or(0), limits, body);
}

std::optional<std::size_t> read_plain(std::string_view bytes, const Limits& limits, ResponseHead& head,
                                      std::string& body)
{
    PlainLines lines(bytes);
    const std::optional<std::string_view> line = lines.skip("HTTP/1.1 ") ? lines.line() : std::nullopt;
    if (!line || line->size() < 4 || (*line)[3] != ' ') {
        return std::nullopt;
    }
    const auto status = std::from_chars(line->data(), line->data() + 3, head.status);
    if (status.ptr != line->data() + 3 || head.status < 200 || head.status == 204 || head.status == 304) {
        return std::nullopt;
    }
    const std::optional<PlainFraming> framing = read_plain_fields(lines, limits, head.headers);
    if (!framing || !framing->length) {
        return std::nullopt;
    }
    head.reason = line->substr(4);
    return read_plain_body(bytes, lines, *framing->length, limits, body);
}

}  // namespace chaos::net::http
