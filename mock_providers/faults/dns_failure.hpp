// dns_failure: the provider's name is not resolved.
#pragma once

#include <string_view>

#include "mock_providers/faults/terms.hpp"
#include "net/host_name.hpp"

namespace chaos::mock_providers::faults {

struct Entry;

struct DnsFailure {
    net::NameAnswer answer = net::NameAnswer::nxdomain;  ///< never an address

    Layer layer() const { return Layer::connection; }
    Stage stage() const { return Stage::connection; }
};

/// "NXDOMAIN"
std::string_view spelling(net::NameAnswer answer);

Entry dns_failure_entry();

}  // namespace chaos::mock_providers::faults
