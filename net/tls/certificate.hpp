// Keys and certificates made on the spot: an authority of our own, and what it signs. ECDSA with P-256 and SHA-256.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/time.hpp"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY and X509
struct x509_st;

namespace chaos::net::tls {

/// A private key, and the certificate that says whose it is.
struct Identity {
    std::shared_ptr<evp_pkey_st> key;
    std::shared_ptr<x509_st> certificate;
    std::vector<std::shared_ptr<x509_st>> chain{};  ///< those that vouch for it, up to one whom clients know
};

/// What a server shows, from PEM: its certificate, with those that vouch for it after it, and its key. Throws
/// std::runtime_error: which of the two cannot be read, or that they do not belong together. An encrypted key cannot.
Identity read_identity(const std::string& certificates_pem, const std::string& key_pem);

struct Validity {
    WallTime from;
    WallTime until;
};
/// From an hour before `now`, for clocks that are late, to a year after it.
Validity valid_around(WallTime now);

/// Who a server on this machine may be asked for as: localhost, 127.0.0.1 and ::1.
std::vector<std::string> loopback_names();

/// Signs certificates of servers. Its key exists in this process alone. All functions throw std::runtime_error if
/// OpenSSL cannot do its work.
class Authority {
public:
    Authority(std::string name, const Validity& validity);

    /// `names`: host names and IP addresses, at least one.
    Identity issue(const std::vector<std::string>& names, const Validity& validity) const;
    /// Its own certificate, for those who are to trust it.
    std::string certificate_pem() const;

private:
    Identity own_;
};

/// A server's certificate that it signed itself.
Identity self_signed(const std::vector<std::string>& names, const Validity& validity);

}  // namespace chaos::net::tls
