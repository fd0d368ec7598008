// Rare<T>: an optional whose value has memory of its own, for what hardly any of thousands have.
#pragma once

#include <memory>
#include <optional>
#include <utility>

namespace chaos::net {

template <class T>
class Rare {
public:
    Rare() = default;
    Rare(std::nullopt_t) {}
    Rare(T value) : value_(std::make_unique<T>(std::move(value))) {}
    Rare(std::optional<T> value)
    {
        if (value) value_ = std::make_unique<T>(*std::move(value));
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
