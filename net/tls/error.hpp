// What can go wrong with TLS, as error codes beside those of sockets: broken handshakes, bad certificates, cut streams.
#pragma once

#include "net/task.hpp"

namespace chaos::net::tls {

/// A certificate that was not accepted; `code` is X509_V_ERR_... of OpenSSL ("certificate has expired").
Error certificate_error(long code);

/// The oldest error in OpenSSL's queue of this thread, which is emptied: a handshake that failed, an alert of the peer's.
Error take_openssl_error();

/// The connection ended without close_notify: what came may not be all (RFC 8446, 6.1).
Error truncated();

/// True for the errors of this page.
bool is_tls(const Error& error);
bool is_certificate(const Error& error);

/// The number of the alert by which the peer refused (48: unknown CA), or 0 if `error` is no such alert.
int alert_of(const Error& error);
/// "unknown CA"
const char* alert_words(int alert);

}  // namespace chaos::net::tls
