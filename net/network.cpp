// Endpoints as text, and what a network can do without.
#include "net/network.hpp"

#include <fmt/format.h>

#include <boost/asio/error.hpp>

namespace chaos::net {

std::string to_string(const Endpoint& endpoint)
{
    if (endpoint.host.find(':') != std::string::npos) return fmt::format("[{}]:{}", endpoint.host, endpoint.port);
    return fmt::format("{}:{}", endpoint.host, endpoint.port);
}

Result<std::unique_ptr<HostName>> Network::own_name(const std::string&)
{
    return Error(asio::error::operation_not_supported);
}

}  // namespace chaos::net
