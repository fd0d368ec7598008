// Rare<T>: an optional whose value has memory of its own, for what hardly any of thousands have.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace chaos::net {

template <class T>
class Rare {
public:
    Rare() = default;
    Rare(std::nullopt_t) {}
    Rare(std::nullptr_t) {}
    Rare(T value) : value_(std::make_unique<T>(std::move(value))) {}
    Rare(std::optional<T> value)
    {
        if (value) value_ = std::make_unique<T>(*std::move(value));
    }
    /// From what a T is made of, as a function is of a lambda.
    template <class From>
    requires(std::convertible_to<From, T> && !std::same_as<std::remove_cvref_t<From>, T> &&
             !std::same_as<std::remove_cvref_t<From>, Rare>) Rare(From&& from)
        : value_(std::make_unique<T>(std::forward<From>(from)))
    {
    }
    Rare(const Rare& other) : value_(other ? std::make_unique<T>(*other) : nullptr) {}
    Rare(Rare&&) noexcept = default;
    Rare& operator=(Rare other) noexcept
    {
        value_ = std::move(other.value_);
        return *this;
    }

    explicit operator bool() const { return value_ != nullptr; }
    T& operator*() & { return *value_; }
    const T& operator*() const& { return *value_; }
    T&& operator*() && { return std::move(*value_); }
    T* operator->() { return value_.get(); }
    const T* operator->() const { return value_.get(); }
    void reset() { value_.reset(); }

private:
    std::unique_ptr<T> value_;
};

}  // namespace chaos::net
