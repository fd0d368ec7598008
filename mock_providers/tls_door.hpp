// The TLS side of a provider's listener: every accepted connection goes through here, in front of HTTP.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mock_providers/faults/tls.hpp"
#include "net/runtime.hpp"
#include "net/tls/certificate.hpp"
#include "net/tls/stream.hpp"

namespace chaos::mock_providers {

class TlsDoor {
public:
    /// `authority` signs the certificates: for localhost, 127.0.0.1 and ::1, and `name`, if there is one.
    TlsDoor(net::Runtime& runtime, std::shared_ptr<const net::tls::Authority> authority, const std::string& name = "");

    /// A healthy handshake, inside the first read.
    net::StreamPtr open(net::StreamPtr wire);

    /// `delivered` is told in words what really happened, once; never if no ClientHello came. `release`: when a stall
    /// is over.
    net::StreamPtr open(net::StreamPtr wire, const faults::Tls& fault, net::Instant release,
                        std::function<void(std::string what)> delivered);

private:
    using Deed = faults::Tls::Deed;
    net::tls::Identity identity(Deed certificate) const;
    const net::tls::Context& context(Deed certificate);

    net::Runtime& runtime_;
    std::shared_ptr<const net::tls::Authority> authority_;
    std::vector<std::string> names_;
    net::tls::Context healthy_;
    std::map<Deed, net::tls::Context> bad_;  ///< made when first needed
};

}  // namespace chaos::mock_providers
