// tls: the handshake goes wrong, or it shows a certificate that nobody should accept.
#pragma once

#include "mock_providers/faults/terms.hpp"

namespace chaos::mock_providers::faults {

struct Entry;

struct Tls {
    enum class Deed {
        stall,       ///< the ClientHello is read, and nothing comes
        refuse,      ///< it is answered with a fatal alert
        plain_http,  ///< it is answered as by a server of plain HTTP
        // Certificates:
        expired,      ///< yesterday
        wrong_name,   ///< it is another host's
        unknown_ca,   ///< of an authority that nobody knows
        self_signed,  ///< of no authority at all
    };
    Deed deed = Deed::stall;

    Layer layer() const { return Layer::connection; }
    Stage stage() const { return Stage::connection; }
};

Entry tls_entry();

}  // namespace chaos::mock_providers::faults
