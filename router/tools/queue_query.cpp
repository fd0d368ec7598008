// Reading pairs of name and value.
#include "router/tools/queue_query.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace chaos::router {
namespace {

constexpr net::Duration longest_long_poll = std::chrono::minutes(1);
constexpr std::size_t most_listed_calls = 1000;

std::optional<std::uint64_t> whole_number(std::string_view text)
{
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

/// False: it says nothing that is understood.
bool read_pair(std::string_view name, std::string_view value, QueueQuery& query)
{
    if (name == "state") {
        query.state = value;
        return value == "pending" || value == "done" || value == "dead";
    }
    if (name == "tool") {
        query.tool = value;
        return true;
    }
    if (name == "limit") {
        const auto limit = whole_number(value);
        query.limit = limit.value_or(0);
        return query.limit >= 1 && query.limit <= most_listed_calls;
    }
    if (name == "before") {
        query.before = number_of_call(value);
        return query.before > 0;
    }
    if (name == "wait") {
        const auto wait = net::parse_duration(value);
        query.wait = std::min(wait.value_or(net::Duration{}), longest_long_poll);
        return wait.has_value();
    }
    return false;
}

}  // namespace

QueueQuery read_queue_query(std::string_view target)
{
    QueueQuery query;
    const auto mark = target.find('?');
    std::string_view rest = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
    while (!rest.empty()) {
        const std::string_view pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
        const std::string_view name = pair.substr(0, pair.find('='));
        const std::string_view value = pair.substr(std::min(pair.size(), name.size() + 1));
        if (!read_pair(name, value, query)) {
            query.problem =
                "expected state=pending, state=done or state=dead, tool=NAME, limit=1 to 1000, before=ID, or wait=10s";
        }
    }
    return query;
}

std::uint64_t number_of_call(std::string_view id)
{
    const std::string_view digits = id.substr(0, id.find('-'));
    return digits.starts_with('q') ? whole_number(digits.substr(1)).value_or(0) : 0;
}

}  // namespace chaos::router
