// What all TLS connections of one server, or to one set of servers, share.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "net/tls/certificate.hpp"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace chaos::net::tls {

/// TLS 1.2 and 1.3, ALPN "http/1.1"; no session is ever resumed, so that each connection meets the certificate.
using Context = std::shared_ptr<ssl_ctx_st>;

/// Of a server that shows this certificate. A client whose ALPN offer lacks http/1.1 is refused (RFC 7301, 3.2).
Context server_context(const Identity& identity);

/// Of a client that trusts the authorities this machine trusts (OpenSSL's default places; SSL_CERT_FILE, SSL_CERT_DIR).
Context trusting_system();
/// Of a client that trusts these alone. Throws std::runtime_error if `pem` holds no certificate.
Context trusting(std::string_view pem);

}  // namespace chaos::net::tls
