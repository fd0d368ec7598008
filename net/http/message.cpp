// HTTP messages as plain values: looking up and changing header fields, standard reason phrases.
#include "net/http/message.hpp"

#include <algorithm>
#include <iterator>

namespace chaos::net::http {

namespace {

struct Reason {
    int status;
    std::string_view phrase;
};

/// The IANA registry of status codes, by number.
constexpr Reason reasons[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {102, "Processing"},
    {103, "Early Hints"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {207, "Multi-Status"},
    {208, "Already Reported"},
    {226, "IM Used"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {305, "Use Proxy"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {424, "Failed Dependency"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {506, "Variant Also Negotiates"},
    {507, "Insufficient Storage"},
    {508, "Loop Detected"},
    {511, "Network Authentication Required"},
};

char to_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

std::string_view trim(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    return text;
}

bool list_contains(std::string_view list, std::string_view token)
{
    while (true) {
        const std::size_t comma = list.find(',');
        if (same_name(trim(list.substr(0, comma)), token)) {
            return true;
        }
        if (comma == std::string_view::npos) {
            return false;
        }
        list.remove_prefix(comma + 1);
    }
}

}  // namespace

bool same_name(std::string_view a, std::string_view b)
{
    if (a.size() != b.size()) {
        return false;
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i] != b[i] && to_lower(a[i]) != to_lower(b[i])) {
            return false;
        }
    }
    return true;
}

std::optional<std::string_view> Headers::find(std::string_view name) const
{
    for (const Header& field : fields_) {
        if (same_name(field.name, name)) {
            return field.value;
        }
    }
    return std::nullopt;
}

void Headers::add(std::string name, std::string value)
{
    constexpr std::size_t usual_count = 8;
    if (fields_.capacity() == 0) {
        fields_.reserve(usual_count);
    }
    fields_.push_back({std::move(name), std::move(value)});
}

void Headers::set(std::string name, std::string value)
{
    const auto same = [&](const Header& field) { return same_name(field.name, name); };
    const auto first = std::find_if(fields_.begin(), fields_.end(), same);
    if (first == fields_.end()) {
        add(std::move(name), std::move(value));
        return;
    }
    fields_.erase(std::remove_if(first + 1, fields_.end(), same), fields_.end());
    first->name = std::move(name);
    first->value = std::move(value);
}

void Headers::remove(std::string_view name)
{
    std::erase_if(fields_, [&](const Header& field) { return same_name(field.name, name); });
}

bool Headers::lists(std::string_view name, std::string_view token) const
{
    return std::any_of(fields_.begin(), fields_.end(), [&](const Header& field) {
        return same_name(field.name, name) && list_contains(field.value, token);
    });
}

std::string_view standard_reason(int status)
{
    const auto found = std::lower_bound(std::begin(reasons), std::end(reasons), status,
                                        [](const Reason& reason, int wanted) { return reason.status < wanted; });
    return found != std::end(reasons) && found->status == status ? found->phrase : "";
}

std::string_view path_of(std::string_view target)
{
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (same_name(target.substr(0, scheme.size()), scheme)) {
            target.remove_prefix(std::min(target.find_first_of("/?", scheme.size()), target.size()));
            break;
        }
    }
    const std::string_view path = target.substr(0, target.find('?'));
    return path.empty() ? "/" : path;
}

}  // namespace chaos::net::http
