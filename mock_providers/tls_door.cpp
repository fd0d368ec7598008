// Certificates for the door, good and bad, and what is said of those who met them.
#include "mock_providers/tls_door.hpp"

#include <fmt/format.h>

#include "mock_providers/faults/wording.hpp"
#include "net/tls/broken_handshake.hpp"
#include "net/tls/error.hpp"

namespace chaos::mock_providers {

using net::tls::Handshake;
using net::tls::loopback_names;
using net::tls::Stalled;
using net::tls::valid_around;

namespace {

std::string in_words(const Stalled& stalled)
{
    constexpr std::string_view ends[] = {"until the client left", "then the handshake went on",
                                         "until it was closed here"};
    return fmt::format("ClientHello ({} bytes), then silent for {}, {}", stalled.hello_bytes,
                       faults::rounded(stalled.silence), ends[static_cast<std::size_t>(stalled.end)]);
}

std::string_view described(faults::Tls::Deed certificate)
{
    switch (certificate) {
        case faults::Tls::Deed::expired:
            return "an expired certificate";
        case faults::Tls::Deed::wrong_name:
            return "a certificate for wrong.example";
        case faults::Tls::Deed::unknown_ca:
            return "a certificate of an unknown authority";
        default:
            return "a self-signed certificate";
    }
}

/// What the client said to a certificate.
std::string in_words(const Handshake& handshake)
{
    switch (handshake.end) {
        case Handshake::End::completed:
            return "the client completed the handshake";
        case Handshake::End::refused:
            return fmt::format("the client refused it: alert {}, {}", handshake.alert,
                               net::tls::alert_words(handshake.alert));
        case Handshake::End::failed:
            return "the handshake failed";
        case Handshake::End::left:
            return "the client left";
        case Handshake::End::closed:
            return "the handshake had not ended when it was closed here";
    }
    return "";
}

std::vector<std::string> loopback_names_and(const std::string& name)
{
    std::vector<std::string> names = loopback_names();
    if (!name.empty()) {
        names.push_back(name);
    }
    return names;
}

}  // namespace

TlsDoor::TlsDoor(net::Runtime& runtime, std::shared_ptr<const net::tls::Authority> authority, const std::string& name)
    : runtime_(runtime),
      authority_(std::move(authority)),
      names_(loopback_names_and(name)),
      healthy_(net::tls::server_context(authority_->issue(names_, valid_around(runtime.wall().now()))))
{
}

net::StreamPtr TlsDoor::open(net::StreamPtr wire)
{
    return net::tls::serve(runtime_, std::move(wire), healthy_);
}

net::StreamPtr TlsDoor::open(net::StreamPtr wire, const faults::Tls& fault, net::Instant release,
                             std::function<void(std::string what)> delivered)
{
    switch (fault.deed) {
        case Deed::stall:
            return open(net::tls::stall(runtime_, std::move(wire), release,
                                        [delivered](const Stalled& stalled) { delivered(in_words(stalled)); }));
        case Deed::refuse:
            return net::tls::answer_hello(
                std::move(wire), net::tls::handshake_failure_alert(), [delivered](std::size_t bytes) {
                    delivered(fmt::format("ClientHello ({} bytes), then alert 40, handshake failure, and FIN", bytes));
                });
        case Deed::plain_http:
            return net::tls::answer_hello(
                std::move(wire), net::tls::plain_http_refusal(), [delivered](std::size_t bytes) {
                    delivered(fmt::format("ClientHello ({} bytes), then a 400 in plain HTTP, and FIN", bytes));
                });
        default:
            return net::tls::serve(
                runtime_, std::move(wire), context(fault.deed),
                [delivered, deed = fault.deed](const Handshake& handshake) {
                    if (!handshake.certificate_sent) return;
                    delivered(fmt::format("{} was shown, and {}", described(deed), in_words(handshake)));
                });
    }
}

const net::tls::Context& TlsDoor::context(Deed certificate)
{
    net::tls::Context& known = bad_[certificate];
    if (!known) known = net::tls::server_context(identity(certificate));
    return known;
}

net::tls::Identity TlsDoor::identity(Deed certificate) const
{
    constexpr std::chrono::hours day(24);
    const net::WallTime now = runtime_.wall().now();
    switch (certificate) {
        case Deed::expired:
            return authority_->issue(names_, {now - 30 * day, now - day});
        case Deed::wrong_name:
            return authority_->issue({"wrong.example"}, valid_around(now));
        case Deed::unknown_ca:
            return net::tls::Authority("unknown", valid_around(now)).issue(names_, valid_around(now));
        default:
            return net::tls::self_signed(names_, valid_around(now));
    }
}

}  // namespace chaos::mock_providers
