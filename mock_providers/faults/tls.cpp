// The row of the vocabulary; the deed is the work of tls_door.cpp.
#include "mock_providers/faults/tls.hpp"

#include "config/reader.hpp"
#include "mock_providers/faults/choices.hpp"
#include "mock_providers/faults/vocabulary.hpp"

namespace chaos::mock_providers::faults {

namespace {

const Choices<Tls::Deed> handshakes = {
    {"stall", Tls::Deed::stall}, {"refuse", Tls::Deed::refuse}, {"plain_http", Tls::Deed::plain_http}};
const Choices<Tls::Deed> certificates = {{"expired", Tls::Deed::expired},
                                         {"wrong_name", Tls::Deed::wrong_name},
                                         {"unknown_ca", Tls::Deed::unknown_ca},
                                         {"self_signed", Tls::Deed::self_signed}};

Parameters read_tls(const config::Node& value, config::Complaints& complaints)
{
    Tls fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "tls");
    const bool handshake = map.take("handshake").has_value();
    const bool certificate = map.take("certificate").has_value();
    fault.deed = read_choice(map, "handshake", handshakes, fault.deed);
    fault.deed = read_choice(map, "certificate", certificates, fault.deed);
    if (handshake && certificate) {
        complaints.add(map.at("certificate"), "tls breaks the handshake or shows a bad certificate, not both");
    }
    map.finish();
    return fault;
}

}  // namespace

Entry tls_entry()
{
    Entry entry;
    entry.name = "tls";
    entry.layer = Layer::connection;
    entry.summary = "The handshake of a provider with `tls: true` goes wrong, or shows a certificate nobody should accept.";
    entry.evidence =
        "Delivered: a ClientHello was read, and then so long a silence, this alert, a page of plain HTTP, or this "
        "certificate went out; what the client said to it stands beside.";
    entry.remedy =
        "Give up after its own timeout; never go on with a certificate that is expired, another's or of an unknown "
        "authority; go on with another provider.";
    entry.parameters = {{"handshake",
                         "stall (the ClientHello is read and not answered; `until` lets it go on), refuse (a fatal "
                         "alert, handshake_failure) or plain_http (a 400 in plain text); default stall",
                         "stall"},
                        {"certificate",
                         "expired (since yesterday), wrong_name (for wrong.example), unknown_ca (of an authority nobody "
                         "knows) or self_signed; in place of `handshake`",
                         "expired"}};
    entry.read = &read_tls;
    return entry;
}

}  // namespace chaos::mock_providers::faults
