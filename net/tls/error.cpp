// OpenSSL's errors as boost error codes.
#include "net/tls/error.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace chaos::net::tls {
namespace {

constexpr int ended_without_close_notify = -1;
constexpr int without_reason = -2;

class CertificateCategory final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "certificate"; }
    std::string message(int code) const override { return X509_verify_cert_error_string(code); }
};

/// Values are OpenSSL's packed errors, or one of the constants above.
class TlsCategory final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "tls"; }
    std::string message(int value) const override
    {
        if (value == ended_without_close_notify) return "the connection ended without close_notify";
        const char* reason = value == without_reason ? nullptr : ERR_reason_error_string(static_cast<unsigned>(value));
        return reason != nullptr ? std::string("TLS: ") + reason : "TLS failed";
    }
};

const CertificateCategory certificate_category;
const TlsCategory tls_category;

}  // namespace

Error certificate_error(long code)
{
    return {static_cast<int>(code), certificate_category};
}

Error take_openssl_error()
{
    const unsigned long error = ERR_get_error();
    ERR_clear_error();
    return {error == 0 ? without_reason : static_cast<int>(error), tls_category};
}

Error truncated()
{
    return {ended_without_close_notify, tls_category};
}

bool is_certificate(const Error& error)
{
    return error.category() == certificate_category;
}

bool is_tls(const Error& error)
{
    return is_certificate(error) || error.category() == tls_category;
}

int alert_of(const Error& error)
{
    if (error.category() != tls_category || error.value() < 0) return 0;
    const auto packed = static_cast<unsigned long>(error.value());
    const int reason = ERR_GET_REASON(packed);
    const bool alert = ERR_GET_LIB(packed) == ERR_LIB_SSL && reason > SSL_AD_REASON_OFFSET;
    return alert ? reason - SSL_AD_REASON_OFFSET : 0;
}

const char* alert_words(int alert)
{
    return SSL_alert_desc_string_long(alert);
}

}  // namespace chaos::net::tls
