// A connection of the simulated network: two directions of bytes in flight, and the TCP manners of both ends.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "net/byte_queue.hpp"
#include "net/simulation/world.hpp"
#include "net/stream.hpp"

namespace chaos::net::simulation {

enum class End : unsigned char { client, server };
constexpr End other(End end)
{
    return end == End::client ? End::server : End::client;
}

/// Segments arrive one latency after they were sent, in order. As on Linux: what arrived before a reset can still be
/// read; closing with unread bytes, or receiving bytes after closing, answers with a reset.
class Connection final : public std::enable_shared_from_this<Connection> {
public:
    /// `established` is called when the client's handshake arrives at the server's side (and may be called never).
    Connection(std::shared_ptr<World> world, std::function<void(Connection&)> established);

    Task<Wake> readable(End at);
    Task<Result<std::size_t>> read_some(End at, std::span<char> into);
    Task<Error> write(End at, std::string_view bytes);
    Task<void> drained(End at);
    void shutdown_write(End at);
    void close(End at, Close how);
    void cancel(End at);
    void cancel_read(End at);

private:
    enum class Kind : unsigned char { handshake, data, fin, reset };

    struct Segment {
        Instant arrives;
        std::uint64_t number;
        std::size_t bytes;
        Kind kind;
    };

    /// From one end to the other.
    class Direction final : public Event {
    public:
        Direction(Connection& connection, End from);
        void send(Kind kind, std::size_t count = 0);
        void happen() override;
        void drop_in_flight();
        bool in_flight() const { return first_ < segments_.size(); }
        std::size_t room() const;

        ByteQueue bytes;          ///< accepted from the writer, not yet taken by the reader
        std::size_t arrived = 0;  ///< the first of them, which can be read
        bool fin_sent = false;
        bool met_closed_end = false;  ///< bytes came too late to be taken in; a reset is on its way back

    private:
        Connection& connection_;
        End from_;
        std::vector<Segment> segments_;  ///< those from first_ on are in flight
        std::size_t first_ = 0;
    };

    struct Side {
        bool closed = false;
        bool fin_arrived = false;
        Error broken;       ///< what every read and write meets after a reset
        Error write_error;  ///< what writes meet after a reset that followed a fin
        unsigned cancels = 0;
        Waiter reader{"read"};
        Waiter writer{"write"};
        Waiter drainer{"drained"};
    };

    Side& side(End end) { return sides_[static_cast<std::size_t>(end)]; }
    Direction& from(End end) { return directions_[static_cast<std::size_t>(end)]; }
    void arrive(End at, const Segment& segment);
    void arrive_data(End at, std::size_t bytes);
    void arrive_reset(End at);
    Error cannot_write(End at);
    void wake_all(End at, Wake why);

    std::shared_ptr<World> world_;
    std::function<void(Connection&)> established_;
    std::array<Side, 2> sides_;
    std::array<Direction, 2> directions_;
};

StreamPtr make_stream(std::shared_ptr<Connection> connection, End end);

}  // namespace chaos::net::simulation
