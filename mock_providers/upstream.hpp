// A real endpoint behind a provider: requests go there as they came, answers come back as they come.
#pragma once

#include <memory>
#include <string>

#include "mock_providers/passage.hpp"
#include "mock_providers/spec.hpp"
#include "net/runtime.hpp"

namespace chaos::mock_providers {

/// The target that is asked for at the endpoint. `prefix` is what an SDK's base URL has after the address ("/v1"), and
/// `base_path` what the endpoint's has; paths go on unchanged where that has none.
std::string upstream_target(std::string_view target, std::string_view prefix, std::string_view base_path);

/// As headers go on to the next hop: without those of this one (RFC 9110, 7.6.1), host, length, and what would make the
/// answer unreadable on its way (accept-encoding).
net::http::Headers forwarded(const net::http::Headers& headers);
/// The same for an answer's.
net::http::Headers forwarded_back(const net::http::Headers& headers);

/// Connects at most 10 s, waits 10 minutes for a head and 5 for more of a body. A connection that was kept and turns out
/// dead before a byte of the answer is replaced once. Throws std::runtime_error if the spec's files cannot be had: whom
/// to trust, or where to record.
std::unique_ptr<Behind> make_upstream(net::Runtime& runtime, const ProviderSpec& spec);

}  // namespace chaos::mock_providers
