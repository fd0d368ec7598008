// Endpoints as text.
#include "net/network.hpp"

#include <fmt/core.h>

namespace chaos::net {

std::string to_string(const Endpoint& endpoint)
{
    if (endpoint.host.find(':') != std::string::npos) return fmt::format("[{}]:{}", endpoint.host, endpoint.port);
    return fmt::format("{}:{}", endpoint.host, endpoint.port);
}

}  // namespace chaos::net
