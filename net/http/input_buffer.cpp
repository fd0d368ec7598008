// InputBuffer: one block of memory, compacted when its tail is used up.
#include "net/http/input_buffer.hpp"

#include <algorithm>
#include <cstring>

namespace chaos::net::http {

namespace {
constexpr std::size_t first_size = 4096;  // most messages at one go
constexpr std::size_t small_rest =
    64;  // of a chunk the line end stays until the next one comes, which may take minutes
}  // namespace

std::span<char> InputBuffer::room()
{
    if (was_filled_ || size_ - end_ < std::min(first_size, limit_) / 4) {
        make_room();
    }
    being_read_into_ = true;
    const std::size_t allowed = limit_ - (end_ - begin_);
    return {bytes_.get() + end_, std::min(size_ - end_, allowed)};
}

void InputBuffer::added(std::size_t n)
{
    being_read_into_ = false;
    end_ += n;
    was_filled_ = n > 0 && end_ == size_;
    grown_to_ = was_filled_ ? size_ : 0;
}

void InputBuffer::consume(std::size_t n)
{
    begin_ += n;
    const std::size_t unread = end_ - begin_;
    if (unread <= small_rest && size_ > small_rest && !being_read_into_) {
        shrink_to(unread);
    }
}

void InputBuffer::shrink_to(std::size_t unread)
{
    std::unique_ptr<char[]> rest;
    if (unread > 0) {
        rest = std::make_unique_for_overwrite<char[]>(unread);
        std::memcpy(rest.get(), bytes_.get() + begin_, unread);
    }
    bytes_ = std::move(rest);
    size_ = end_ = unread;
    begin_ = 0;
}

/// Moves what is unread to the front, and grows if more than half of the memory would still be taken.
void InputBuffer::make_room()
{
    const std::size_t unread = end_ - begin_;
    const bool grows = size_ < limit_ && (was_filled_ || unread * 2 > size_ || size_ < first_size);
    if (grows) {
        const std::size_t size = std::min(limit_, std::max(first_size, std::max(size_, grown_to_) * 4));
        auto larger = std::make_unique_for_overwrite<char[]>(size);
        if (unread > 0) {
            std::memcpy(larger.get(), bytes_.get() + begin_, unread);
        }
        bytes_ = std::move(larger);
        size_ = size;
    } else if (begin_ > 0) {
        std::memmove(bytes_.get(), bytes_.get() + begin_, unread);
    }
    begin_ = 0;
    end_ = unread;
    was_filled_ = false;
}

}  // namespace chaos::net::http
