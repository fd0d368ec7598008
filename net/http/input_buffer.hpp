// A bounded buffer between a reader that appends and a parser that takes from the front.
#pragma once

#include <memory>
#include <span>
#include <string_view>

namespace chaos::net::http {

/// Has memory only while something is unread or about to be read; grows to its limit while what arrives fills it. The
/// span that room() gave stays valid until the next call of room(), or until everything was consumed.
class InputBuffer {
public:
    explicit InputBuffer(std::size_t limit) : limit_(limit) {}

    /// Where to read into next; empty while the buffer is full.
    std::span<char> room();
    /// The first `n` bytes of the last room() have been filled.
    void added(std::size_t n);

    std::string_view unread() const { return {bytes_.get() + begin_, end_ - begin_}; }
    void consume(std::size_t n);
    bool full() const { return end_ - begin_ >= limit_; }
    /// How much memory it has now.
    std::size_t capacity() const { return size_; }

private:
    void make_room();
    void shrink_to(std::size_t unread);

    std::size_t limit_;
    std::unique_ptr<char[]> bytes_;  ///< never zeroed: a connection's first read would pay for all of it
    std::size_t size_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t grown_to_ = 0;  ///< what the next memory starts with, while what arrives fills it
    bool was_filled_ = false;
    bool being_read_into_ = false;  ///< from room() to added()
};

}  // namespace chaos::net::http
