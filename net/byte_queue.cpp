// A string with a moving front.
#include "net/byte_queue.hpp"

#include <algorithm>
#include <cstring>

namespace chaos::net {
namespace {

/// A taken front shorter than this is not worth moving the rest for.
constexpr std::size_t worth_moving = 4096;

}  // namespace

std::size_t ByteQueue::take(std::span<char> into)
{
    const std::size_t count = std::min(into.size(), size());
    if (count > 0) std::memcpy(into.data(), bytes_.data() + taken_, count);
    taken_ += count;
    if (empty()) {
        clear();
    } else if (taken_ > worth_moving && taken_ > bytes_.size() / 2) {
        bytes_.erase(0, taken_);
        taken_ = 0;
    }
    return count;
}

void ByteQueue::clear()
{
    bytes_.clear();
    taken_ = 0;
}

}  // namespace chaos::net
