// InputBuffer: one block of memory, compacted when its tail is used up.
#include "net/http/input_buffer.hpp"

#include <algorithm>
#include <cstring>

namespace chaos::net::http {

namespace {
constexpr std::size_t first_size = 4096;
}

std::span<char> InputBuffer::room()
{
    if (begin_ == end_) {
        begin_ = 0;
        end_ = 0;
    }
    if (was_filled_ || bytes_.size() - end_ < std::min(first_size, limit_) / 4) {
        make_room();
    }
    const std::size_t allowed = limit_ - (end_ - begin_);
    return {bytes_.data() + end_, std::min(bytes_.size() - end_, allowed)};
}

void InputBuffer::added(std::size_t n)
{
    end_ += n;
    was_filled_ = end_ == bytes_.size();
}

/// Moves what is unread to the front, and grows if more than half of the memory would still be taken.
void InputBuffer::make_room()
{
    const std::size_t unread = end_ - begin_;
    if (begin_ > 0) {
        std::memmove(bytes_.data(), bytes_.data() + begin_, unread);
        begin_ = 0;
        end_ = unread;
    }
    if (bytes_.size() < limit_ && (was_filled_ || unread * 2 > bytes_.size() || bytes_.empty())) {
        bytes_.resize(std::min(limit_, std::max(first_size, bytes_.size() * 4)));
    }
    was_filled_ = false;
}

}  // namespace chaos::net::http
