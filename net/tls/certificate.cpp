// X.509 certificates, written with OpenSSL.
#include "net/tls/certificate.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <stdexcept>

#include "net/tls/error.hpp"

namespace chaos::net::tls {
namespace {

void demand_of_certificate(bool done, const char* what)
{
    if (!done) throw std::runtime_error(fmt::format("cannot {}: {}", what, take_openssl_error().message()));
}

std::shared_ptr<EVP_PKEY> make_key()
{
    std::shared_ptr<EVP_PKEY> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    demand_of_certificate(key != nullptr, "make a key");
    return key;
}

std::time_t seconds_since_1970(WallTime time)
{
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

void set_serial(X509& certificate)
{
    std::uint64_t serial = 0;
    demand_of_certificate(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1,
                          "choose a serial number");
    demand_of_certificate(ASN1_INTEGER_set_uint64(X509_get_serialNumber(&certificate), (serial >> 1) | 1) == 1,
                          "set a serial number");
}

void set_subject(X509& certificate, const std::string& common_name)
{
    X509_NAME* subject = X509_get_subject_name(&certificate);
    const auto add = [&](const char* field, const std::string& value) {
        const auto* bytes = reinterpret_cast<const unsigned char*>(value.data());
        demand_of_certificate(X509_NAME_add_entry_by_txt(subject, field, MBSTRING_UTF8, bytes,
                                                         static_cast<int>(value.size()), -1, 0) == 1,
                              "name a certificate");
    };
    add("O", "chaos");
    add("CN", common_name);
}

void add_extension(X509& certificate, X509& issuer, int nid, const std::string& value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
        X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()), X509_EXTENSION_free);
    demand_of_certificate(extension != nullptr && X509_add_ext(&certificate, extension.get(), -1) == 1,
                          "add to a certificate");
}

std::string alternative_names(const std::vector<std::string>& names)
{
    std::string list;
    for (const std::string& name : names) {
        const std::unique_ptr<ASN1_OCTET_STRING, decltype(&ASN1_OCTET_STRING_free)> address(a2i_IPADDRESS(name.c_str()),
                                                                                            ASN1_OCTET_STRING_free);
        list += fmt::format("{}{}:{}", list.empty() ? "" : ",", address ? "IP" : "DNS", name);
    }
    return list;
}

/// A certificate with all that every certificate has, and no issuer yet.
Identity begin(const std::string& common_name, const Validity& validity)
{
    Identity identity{make_key(), {X509_new(), X509_free}};
    demand_of_certificate(identity.certificate != nullptr, "make a certificate");
    X509& certificate = *identity.certificate;
    X509_set_version(&certificate, 2);  // counted from 0: version 3
    set_serial(certificate);
    ASN1_TIME_set(X509_getm_notBefore(&certificate), seconds_since_1970(validity.from));
    ASN1_TIME_set(X509_getm_notAfter(&certificate), seconds_since_1970(validity.until));
    set_subject(certificate, common_name);
    demand_of_certificate(X509_set_pubkey(&certificate, identity.key.get()) == 1, "put a key into a certificate");
    return identity;
}

/// Equal identities for both: it signs itself.
void sign(const Identity& identity, const Identity& issuer)
{
    X509_set_issuer_name(identity.certificate.get(), X509_get_subject_name(issuer.certificate.get()));
    demand_of_certificate(X509_sign(identity.certificate.get(), issuer.key.get(), EVP_sha256()) > 0,
                          "sign a certificate");
}

Identity server_identity(const std::vector<std::string>& names, const Validity& validity, const Identity* issuer)
{
    Identity identity = begin(names.at(0), validity);
    X509& own = *identity.certificate;
    X509& signer = issuer != nullptr ? *issuer->certificate : own;
    add_extension(own, signer, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(own, signer, NID_key_usage, "critical,digitalSignature");
    add_extension(own, signer, NID_ext_key_usage, "serverAuth");
    add_extension(own, signer, NID_subject_key_identifier, "hash");
    if (issuer != nullptr) add_extension(own, signer, NID_authority_key_identifier, "keyid:always");
    add_extension(own, signer, NID_subject_alt_name, alternative_names(names));
    sign(identity, issuer != nullptr ? *issuer : identity);
    return identity;
}

}  // namespace

Validity valid_around(WallTime now)
{
    return {now - std::chrono::hours(1), now + std::chrono::hours(24 * 365)};
}

std::vector<std::string> loopback_names()
{
    return {"localhost", "127.0.0.1", "::1"};
}

Identity read_identity(const std::string& certificates_pem, const std::string& key_pem)
{
    using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
    const Bio certificates(BIO_new_mem_buf(certificates_pem.data(), static_cast<int>(certificates_pem.size())), BIO_free);
    const Bio key(BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())), BIO_free);
    // Without a callback of ours OpenSSL would ask the terminal for a password.
    const auto no_password = [](char*, int, int, void*) { return -1; };
    Identity identity;
    while (std::shared_ptr<X509> next{PEM_read_bio_X509(certificates.get(), nullptr, no_password, nullptr), X509_free}) {
        identity.certificate ? identity.chain.push_back(next) : void(identity.certificate = next);
    }
    const Error end = take_openssl_error();  // the end of the text is one, too
    if (!identity.certificate) throw std::runtime_error("there is no certificate in it: " + end.message());
    identity.key = {PEM_read_bio_PrivateKey(key.get(), nullptr, no_password, nullptr), EVP_PKEY_free};
    demand_of_certificate(identity.key != nullptr, "read the key");
    demand_of_certificate(X509_check_private_key(identity.certificate.get(), identity.key.get()) == 1, "use this key with this certificate");
    return identity;
}

Authority::Authority(std::string name, const Validity& validity) : own_(begin(name, validity))
{
    X509& certificate = *own_.certificate;
    add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(certificate, certificate, NID_subject_key_identifier, "hash");
    sign(own_, own_);
}

Identity Authority::issue(const std::vector<std::string>& names, const Validity& validity) const
{
    return server_identity(names, validity, &own_);
}

std::string Authority::certificate_pem() const
{
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    demand_of_certificate(out != nullptr && PEM_write_bio_X509(out.get(), own_.certificate.get()) == 1,
                          "write a certificate");
    char* bytes = nullptr;
    const long length = BIO_get_mem_data(out.get(), &bytes);
    return {bytes, static_cast<std::size_t>(length)};
}

Identity self_signed(const std::vector<std::string>& names, const Validity& validity)
{
    return server_identity(names, validity, nullptr);
}

}  // namespace chaos::net::tls
