// The TLS side of a provider's listener: every accepted connection goes through here, in front of HTTP.
#pragma once

#include <memory>

#include "net/runtime.hpp"
#include "net/tls/certificate.hpp"
#include "net/tls/stream.hpp"

namespace chaos::mock_providers {

class TlsDoor {
public:
    /// `authority` signs the certificate: for localhost, 127.0.0.1 and ::1.
    TlsDoor(net::Runtime& runtime, std::shared_ptr<const net::tls::Authority> authority);

    /// A healthy handshake, inside the first read.
    net::StreamPtr open(net::StreamPtr wire);

private:
    net::Runtime& runtime_;
    std::shared_ptr<const net::tls::Authority> authority_;
    net::tls::Context healthy_;
};

}  // namespace chaos::mock_providers
