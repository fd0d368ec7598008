// A bounded buffer between a reader that appends and a parser that takes from the front.
#pragma once

#include <memory>
#include <span>
#include <string_view>

namespace chaos::net::http {

/// Starts small and grows to its limit while what arrives fills it. The span that room() gave stays valid until the
/// next room(), whatever is consumed meanwhile: a read may be under way into it.
class InputBuffer {
public:
    explicit InputBuffer(std::size_t limit) : limit_(limit) {}

    /// Where to read into next; empty while the buffer is full.
    std::span<char> room();
    /// The first `n` bytes of the last room() have been filled.
    void added(std::size_t n);

    std::string_view unread() const { return {bytes_.get() + begin_, end_ - begin_}; }
    void consume(std::size_t n) { begin_ += n; }
    bool full() const { return end_ - begin_ >= limit_; }

private:
    void make_room();

    std::size_t limit_;
    std::unique_ptr<char[]> bytes_;  ///< never zeroed: a connection's first read would pay for all of it
    std::size_t size_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    bool was_filled_ = false;
};

}  // namespace chaos::net::http
