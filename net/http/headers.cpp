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

constexpr std::size_t name_block = sizeof(std::uint64_t);

std::uint64_t block_at(const char* text)
{
    std::uint64_t block = 0;
    std::memcpy(&block, text, sizeof block);
    return block;
}

/// Eight characters in lower case. A byte's high bit in the sums says whether it is beyond 'Z', or not before 'A'.
std::uint64_t lower_block(std::uint64_t block)
{
    constexpr std::uint64_t ones = 0x0101010101010101;
    const std::uint64_t low_bits = block & (0x7f * ones);
    const std::uint64_t beyond_z = low_bits + (0x7f - 'Z') * ones;
    const std::uint64_t from_a = low_bits + (0x80 - 'A') * ones;
    const std::uint64_t upper = (from_a ^ beyond_z) & ~block & (0x80 * ones);
    return block | (upper >> 2);
}

bool same_block(const char* a, const char* b)
{
    const std::uint64_t one = block_at(a);
    const std::uint64_t two = block_at(b);
    return one == two || lower_block(one) == lower_block(two);
}

char* put(char* at, std::string_view text)
{
    return at + text.copy(at, text.size());
}

}  // namespace

bool same_name(std::string_view a, std::string_view b)
{
    if (a.size() != b.size()) return false;
    if (a.size() < name_block) {
        for (std::size_t i = 0; i < a.size(); ++i) {
            if (a[i] != b[i] && to_lower(a[i]) != to_lower(b[i])) return false;
        }
        return true;
    }
    const std::size_t last = a.size() - name_block;
    for (std::size_t at = 0; at < last; at += name_block) {
        if (!same_block(a.data() + at, b.data() + at)) return false;
    }
    return same_block(a.data() + last, b.data() + last);
}

bool lists_token(std::string_view list, std::string_view token)
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
        return same_name(field.name, name) && lists_token(field.value, token);
    });
}

void Headers::append_to(std::string& out) const
{
    for (Iterator at = begin(); at != end(); ++at) {
        out.append(at.line());
    }
}

}  // namespace chaos::net::http
