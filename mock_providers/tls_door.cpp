// Certificates for the door, and what is shown at it.
#include "mock_providers/tls_door.hpp"

namespace chaos::mock_providers {

using net::tls::loopback_names;
using net::tls::valid_around;

TlsDoor::TlsDoor(net::Runtime& runtime, std::shared_ptr<const net::tls::Authority> authority)
    : runtime_(runtime),
      authority_(std::move(authority)),
      healthy_(net::tls::server_context(authority_->issue(loopback_names(), valid_around(runtime.wall().now()))))
{
}

net::StreamPtr TlsDoor::open(net::StreamPtr wire)
{
    return net::tls::serve(runtime_, std::move(wire), healthy_);
}

}  // namespace chaos::mock_providers
