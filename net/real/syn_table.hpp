// Connects that nobody has answered yet, from the kernel's table (Linux).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "net/real/sockets.hpp"

namespace chaos::net::real {

struct PendingConnect {
    std::string from;  ///< as the table writes it: address and port
    std::uint16_t from_port = 0;
};

/// Connects of this machine to `to` that are waiting for an answer. An unspecified address in `to` stands for any.
std::vector<PendingConnect> pending_connects(const Tcp::endpoint& to);

/// The same, out of the text of /proc/net/tcp or tcp6.
std::vector<PendingConnect> pending_connects_in(std::string_view table, const Tcp::endpoint& to);

}  // namespace chaos::net::real
