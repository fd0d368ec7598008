// What reading bytes comes to: a value, or what is wrong with them.
#pragma once

#include <optional>
#include <string>

namespace chaos::wire {

namespace json {
class Parser;
}

/// A value, or what is wrong with the bytes in one sentence.
template <class T>
struct Read {
    std::optional<T> value;
    std::string problem;
    explicit operator bool() const { return value.has_value(); }
};

}  // namespace chaos::wire
