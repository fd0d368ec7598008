// Headers: fields one behind the other, each with its sizes before it.
#include "net/http/headers.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace chaos::net::http {

namespace {

/// The first block of those who do not say how much they need.
constexpr std::size_t usual_block = 256;
constexpr std::size_t usual_field_count = 16;

char to_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool same_letters(const char* a, const char* b, std::size_t size)
{
    for (std::size_t i = 0; i < size; ++i) {
        if (a[i] != b[i] && to_lower(a[i]) != to_lower(b[i])) {
            return false;
        }
    }
    return true;
}

std::uint64_t eight_bytes(const char* at)
{
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, at, sizeof bytes);
    return bytes;
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

char* put(char* at, std::string_view text)
{
    return at + text.copy(at, text.size());
}

}  // namespace

bool same_name(std::string_view a, std::string_view b)
{
    if (a.size() != b.size()) {
        return false;
    }
    constexpr std::uint64_t case_bits = 0x2020202020202020;  // all in which a letter's two cases differ
    constexpr std::size_t step = sizeof case_bits;
    std::size_t at = 0;
    for (; at + step <= a.size(); at += step) {
        const std::uint64_t difference = eight_bytes(a.data() + at) ^ eight_bytes(b.data() + at);
        if (difference == 0) {
            continue;
        }
        if ((difference & ~case_bits) != 0 || !same_letters(a.data() + at, b.data() + at, step)) {
            return false;
        }
    }
    return same_letters(a.data() + at, b.data() + at, a.size() - at);
}

Headers::Headers(std::initializer_list<Header> fields)
{
    std::size_t size = 0;
    for (const Header& field : fields) {
        size += space_of(field);
    }
    block_.reserve(size);
    for (const Header& field : fields) {
        add(field.name, field.value);
    }
}

void Headers::reserve(std::size_t wire_bytes)
{
    block_.reserve(wire_bytes + usual_field_count * sizeof(Sizes));
}

std::optional<std::string_view> Headers::find(std::string_view name) const
{
    for (Iterator at = begin(); at != end(); ++at) {
        const Header field = *at;
        if (same_name(field.name, name)) {
            return field.value;
        }
    }
    return std::nullopt;
}

void Headers::add(std::string_view name, std::string_view value)
{
    constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max();
    if (name.size() > most || value.size() > most) {
        throw std::length_error("a header field of more than 4 GiB");
    }
    const Sizes sizes{static_cast<std::uint32_t>(name.size()), static_cast<std::uint32_t>(value.size())};
    const std::size_t before = block_.size();
    const std::size_t after = before + space_of({name, value});
    std::vector<char> outgrown;  // kept to the end: the views may be of it
    if (after > block_.capacity()) {
        outgrown.swap(block_);
        block_.reserve(std::max({after, 2 * outgrown.capacity(), usual_block}));
        block_.assign(outgrown.begin(), outgrown.end());
    }
    block_.resize(after);
    char* at = block_.data() + before;
    std::memcpy(at, &sizes, sizeof sizes);
    at = put(at + sizeof sizes, name);
    at = put(at, ": ");
    at = put(at, value);
    put(at, "\r\n");
}

void Headers::set(std::string_view name, std::string_view value)
{
    if (!contains(name)) {
        add(name, value);
        return;
    }
    Headers changed;
    changed.block_.reserve(block_.size() + space_of({name, value}));
    bool is_set = false;
    for (const Header field : *this) {
        if (!same_name(field.name, name)) {
            changed.add(field.name, field.value);
        } else if (!is_set) {
            changed.add(name, value);
            is_set = true;
        }
    }
    *this = std::move(changed);
}

void Headers::remove(std::string_view name)
{
    if (!contains(name)) {
        return;
    }
    Headers rest;
    rest.block_.reserve(block_.size());
    for (const Header field : *this) {
        if (!same_name(field.name, name)) {
            rest.add(field.name, field.value);
        }
    }
    *this = std::move(rest);
}

bool Headers::lists(std::string_view name, std::string_view token) const
{
    return std::any_of(begin(), end(), [&](const Header& field) {
        return same_name(field.name, name) && list_contains(field.value, token);
    });
}

void Headers::append_to(std::string& out) const
{
    for (Iterator at = begin(); at != end(); ++at) {
        out.append(at.line());
    }
}

}  // namespace chaos::net::http
