// SSL between two memory BIOs.
#include "net/tls/engine.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <new>

#include "net/tls/error.hpp"

namespace chaos::net::tls {

Engine::Engine(Context context) : context_(std::move(context)), ssl_(SSL_new(context_.get()), SSL_free)
{
    begin();
    SSL_set_accept_state(ssl_.get());
}

Engine::Engine(Context context, const std::string& host, WallTime now)
    : context_(std::move(context)), ssl_(SSL_new(context_.get()), SSL_free)
{
    begin();
    SSL_set_connect_state(ssl_.get());
    X509_VERIFY_PARAM* demands = SSL_get0_param(ssl_.get());
    X509_VERIFY_PARAM_set_time(demands, std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
    const bool address = X509_VERIFY_PARAM_set1_ip_asc(demands, host.c_str()) == 1;
    if (!address) {
        X509_VERIFY_PARAM_set_hostflags(demands, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        X509_VERIFY_PARAM_set1_host(demands, host.c_str(), host.size());
        SSL_set_tlsext_host_name(ssl_.get(), host.c_str());  // RFC 6066, 3: no addresses
    }
    ERR_clear_error();
}

void Engine::begin()
{
    BIO* from_wire = BIO_new(BIO_s_mem());
    BIO* to_wire = BIO_new(BIO_s_mem());
    if (ssl_ == nullptr || from_wire == nullptr || to_wire == nullptr) {
        BIO_free(from_wire);
        BIO_free(to_wire);
        throw std::bad_alloc();
    }
    SSL_set_bio(ssl_.get(), from_wire, to_wire);
    SSL_set_msg_callback(ssl_.get(), watch);
    SSL_set_msg_callback_arg(ssl_.get(), this);
}

void Engine::watch(int write, int, int type, const void* bytes, std::size_t length, ssl_st*, void* engine)
{
    if (type != SSL3_RT_HANDSHAKE || length == 0) return;
    const int message = *static_cast<const unsigned char*>(bytes);
    Engine& self = *static_cast<Engine*>(engine);
    if (write == 0 && message == SSL3_MT_CLIENT_HELLO) self.hello_received_ = true;
    if (write == 1 && message == SSL3_MT_CERTIFICATE) self.certificate_sent_ = true;
}

void Engine::feed(std::string_view bytes)
{
    BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
}

std::string Engine::take_output()
{
    BIO* out = SSL_get_wbio(ssl_.get());
    std::string bytes(BIO_ctrl_pending(out), '\0');
    if (!bytes.empty()) BIO_read(out, bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
}

Engine::Step Engine::step_of(int result)
{
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_NONE:
            return {};
        case SSL_ERROR_WANT_READ:
            return {Progress::wants_bytes};
        case SSL_ERROR_ZERO_RETURN:
            return {Progress::ended};
        default:
            break;
    }
    const long verdict = SSL_get_verify_result(ssl_.get());
    const Error error = take_openssl_error();
    const bool own_verdict = verdict != X509_V_OK && SSL_is_server(ssl_.get()) == 0;
    return {Progress::failed, 0, own_verdict ? certificate_error(verdict) : error};
}

Engine::Step Engine::shake_hands()
{
    ERR_clear_error();
    return step_of(SSL_do_handshake(ssl_.get()));
}

Engine::Step Engine::read(std::span<char> into)
{
    ERR_clear_error();
    std::size_t count = 0;
    Step step = step_of(SSL_read_ex(ssl_.get(), into.data(), into.size(), &count));
    step.count = count;
    return step;
}

Engine::Step Engine::write(std::string_view bytes)
{
    ERR_clear_error();
    std::size_t count = 0;
    return step_of(SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count));
}

void Engine::say_goodbye()
{
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
}

}  // namespace chaos::net::tls
