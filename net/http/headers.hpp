// Header fields of a message, all of them in one block of memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace chaos::net::http {

/// A field, seen where it stands: valid until the Headers it is of is changed or gone.
struct Header {
    std::string_view name;
    std::string_view value;
};

/// Header fields in wire order; names compare without case; the same name may occur several times. What is handed to a
/// changing call may be a view into the same object.
class Headers {
    /// Goes before each field in the block; behind it the field stands as on the wire, "name: value\r\n".
    struct Sizes {
        std::uint32_t name;
        std::uint32_t value;

        static Sizes at(const char* field)
        {
            Sizes sizes;
            std::memcpy(&sizes, field, sizeof sizes);
            return sizes;
        }
        std::size_t of_line() const { return name + around + value; }
    };
    static constexpr std::size_t around = 4;  ///< ": " and "\r\n"

public:
    class Iterator {
        struct Arrow {
            Header field;
            const Header* operator->() const { return &field; }
        };

    public:
        using iterator_category = std::input_iterator_tag;  // a field is made up when it is looked at
        using value_type = Header;
        using difference_type = std::ptrdiff_t;
        using pointer = Arrow;
        using reference = Header;

        Iterator() = default;

        Header operator*() const
        {
            const Sizes sizes = Sizes::at(at_);
            const char* const name = at_ + sizeof(Sizes);
            return {{name, sizes.name}, {name + sizes.name + 2, sizes.value}};
        }
        Arrow operator->() const { return {**this}; }
        /// The field with its line end, as it goes over the wire.
        std::string_view line() const { return {at_ + sizeof(Sizes), Sizes::at(at_).of_line()}; }

        Iterator& operator++()
        {
            at_ += sizeof(Sizes) + Sizes::at(at_).of_line();
            return *this;
        }
        Iterator operator++(int)
        {
            const Iterator before = *this;
            ++*this;
            return before;
        }
        bool operator==(const Iterator&) const = default;

    private:
        friend class Headers;
        explicit Iterator(const char* at) : at_(at) {}

        const char* at_ = nullptr;
    };

    Headers() = default;
    Headers(std::initializer_list<Header> fields);
    Headers(const Headers& other);
    /// Views stay valid: they are of the new object then.
    Headers(Headers&& other) noexcept { swap(other); }
    // Two of them: of an operator that takes its operand by value clang 14 leaks what `fields = {}` in a template
    // makes.
    Headers& operator=(const Headers& other)
    {
        Headers copy(other);
        swap(copy);
        return *this;
    }
    Headers& operator=(Headers&& other) noexcept
    {
        Headers taken(std::move(other));
        swap(taken);
        return *this;
    }
    ~Headers() = default;

    /// The first value of that name.
    std::optional<std::string_view> find(std::string_view name) const;
    bool contains(std::string_view name) const { return find(name).has_value(); }
    void add(std::string_view name, std::string_view value);
    /// Replaces every field of that name by one, at the first one's place.
    void set(std::string_view name, std::string_view value);
    void remove(std::string_view name);
    /// True if a comma-separated value of that name lists `token` (without case), e.g. ("connection", "close").
    bool lists(std::string_view name, std::string_view token) const;

    Iterator begin() const { return Iterator(block_.get()); }
    Iterator end() const { return Iterator(block_.get() + size_); }
    std::size_t size() const { return static_cast<std::size_t>(std::distance(begin(), end())); }
    bool empty() const { return size_ == 0; }

    /// Takes memory for fields that have so many bytes on the wire, so that adding them takes no more.
    void reserve(std::size_t wire_bytes);
    /// At least as many bytes as append_to() appends.
    std::size_t wire_size_at_most() const { return size_; }
    /// All fields as they go over the wire, without the empty line behind them.
    void append_to(std::string& out) const;

private:
    static std::size_t space_of(const Header& field)
    {
        return sizeof(Sizes) + field.name.size() + around + field.value.size();
    }

    void swap(Headers& other) noexcept
    {
        block_.swap(other.block_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
    }
    /// Leaves the former block to the caller, who may still have views of it.
    std::unique_ptr<char[]> grow(std::size_t capacity);

    std::unique_ptr<char[]> block_;  ///< never zeroed: every message would pay for it
    std::uint32_t size_ = 0;
    std::uint32_t capacity_ = 0;
};

/// Whether a comma-separated list has that element (without case).
bool lists_token(std::string_view list, std::string_view token);

/// Equal without regard to ASCII case.
bool same_name(std::string_view a, std::string_view b);

}  // namespace chaos::net::http
