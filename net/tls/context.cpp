// SSL_CTX, for either end.
#include "net/tls/context.hpp"

#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <stdexcept>

#include "net/tls/error.hpp"

namespace chaos::net::tls {
namespace {

/// As ALPN writes a list of protocols: each with its length before it.
constexpr unsigned char http_1_1[] = "\x08http/1.1";
constexpr unsigned http_1_1_length = sizeof http_1_1 - 1;

void demand_of_context(bool done, const char* what)
{
    if (!done) throw std::runtime_error(std::string("cannot ") + what + ": " + take_openssl_error().message());
}

Context make_context(const SSL_METHOD* method)
{
    Context context(SSL_CTX_new(method), SSL_CTX_free);
    demand_of_context(context != nullptr, "set up TLS");
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_num_tickets(context.get(), 0);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
    return context;
}

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* length, const unsigned char* offered,
                    unsigned offered_length, void*)
{
    unsigned char* match = nullptr;
    if (SSL_select_next_proto(&match, length, http_1_1, http_1_1_length, offered, offered_length) !=
        OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    *chosen = match;
    return SSL_TLSEXT_ERR_OK;
}

Context client_context()
{
    Context context = make_context(TLS_client_method());
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    demand_of_context(SSL_CTX_set_alpn_protos(context.get(), http_1_1, http_1_1_length) == 0, "offer http/1.1");
    return context;
}

}  // namespace

Context server_context(const Identity& identity)
{
    Context context = make_context(TLS_server_method());
    demand_of_context(SSL_CTX_use_certificate(context.get(), identity.certificate.get()) == 1, "use a certificate");
    demand_of_context(SSL_CTX_use_PrivateKey(context.get(), identity.key.get()) == 1, "use a key");
    for (const auto& vouching : identity.chain) {
        demand_of_context(SSL_CTX_add1_chain_cert(context.get(), vouching.get()) == 1, "use a chain of certificates");
    }
    SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
    return context;
}

Context trusting_system()
{
    Context context = client_context();
    demand_of_context(SSL_CTX_set_default_verify_paths(context.get()) == 1, "find the authorities this machine trusts");
    return context;
}

Context trusting(std::string_view pem)
{
    Context context = client_context();
    const std::unique_ptr<BIO, decltype(&BIO_free)> in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                       BIO_free);
    int count = 0;
    while (const auto certificate = std::unique_ptr<X509, decltype(&X509_free)>(
               PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr), X509_free)) {
        demand_of_context(X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), certificate.get()) == 1,
                          "trust a certificate");
        ++count;
    }
    const Error why = take_openssl_error();  // the end of the text is one, too
    if (count == 0) throw std::runtime_error("there is no certificate in it: " + why.message());
    return context;
}

}  // namespace chaos::net::tls
