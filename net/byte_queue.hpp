// Bytes that were put in at one end and not yet taken out at the other.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace chaos::net {

class ByteQueue {
public:
    std::size_t size() const { return bytes_.size() - taken_; }
    bool empty() const { return size() == 0; }
    void append(std::string_view bytes) { bytes_.append(bytes); }
    /// Copies out and removes as many of the first bytes as fit; returns how many.
    std::size_t take(std::span<char> into);
    void clear();

private:
    std::string bytes_;
    std::size_t taken_ = 0;
};

}  // namespace chaos::net
