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
constexpr std::size_t most_bytes = std::numeric_limits<std::uint32_t>::max();

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
    grow(size);
    for (const Header& field : fields) {
        add(field.name, field.value);
    }
}

Headers::Headers(const Headers& other)
{
    if (!other.empty()) {
        grow(other.size_);
        std::memcpy(block_.get(), other.block_.get(), other.size_);
        size_ = other.size_;
    }
}

void Headers::reserve(std::size_t wire_bytes)
{
    const std::size_t capacity = wire_bytes + usual_field_count * sizeof(Sizes);
    if (capacity > capacity_) {
        grow(capacity);
    }
}

std::unique_ptr<char[]> Headers::grow(std::size_t capacity)
{
    if (capacity > most_bytes) {
        throw std::length_error("header fields of more than 4 GiB");
    }
    auto larger = std::make_unique_for_overwrite<char[]>(capacity);
    if (size_ > 0) {
        std::memcpy(larger.get(), block_.get(), size_);
    }
    block_.swap(larger);
    capacity_ = static_cast<std::uint32_t>(capacity);
    return larger;
}

std::optional<std::string_view> Headers::find(std::string_view name) const
{
    const char* const end = block_.get() + size_;
    for (const char* at = block_.get(); at != end; at += sizeof(Sizes) + Sizes::at(at).of_line()) {
        const Sizes sizes = Sizes::at(at);
        const char* const own = at + sizeof sizes;
        if (sizes.name == name.size() && same_name({own, sizes.name}, name)) {
            return std::string_view(own + sizes.name + 2, sizes.value);
        }
    }
    return std::nullopt;
}

void Headers::add(std::string_view name, std::string_view value)
{
    const std::size_t after = size_ + space_of({name, value});
    std::unique_ptr<char[]> outgrown;  // kept to the end: the views may be of it
    if (after > capacity_) {
        outgrown = grow(std::max({after, std::size_t{2} * capacity_, usual_block}));
    }
    const Sizes sizes{static_cast<std::uint32_t>(name.size()), static_cast<std::uint32_t>(value.size())};
    char* at = block_.get() + size_;
    std::memcpy(at, &sizes, sizeof sizes);
    at = put(at + sizeof sizes, name);
    at = put(at, ": ");
    at = put(at, value);
    put(at, "\r\n");
    size_ = static_cast<std::uint32_t>(after);
}

void Headers::set(std::string_view name, std::string_view value)
{
    if (!contains(name)) {
        add(name, value);
        return;
    }
    Headers changed;
    changed.grow(size_ + space_of({name, value}));
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
    rest.grow(size_);
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
