// Records as bytes: a thousand requests that are over, each with its strings all over the heap, would push what is
// under way out of the processor's caches.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "router/observer.hpp"

namespace chaos::router {

/// Behind what `bytes` has already. For this process only: numbers are as in memory, and unlike a store's record they
/// cost next to nothing. What /explain does not show (the vendors' trace state, the end of a very long text) is not
/// kept.
void pack(std::string& bytes, const RequestRecord& request);
void pack(std::string& bytes, const AttemptRecord& attempt);

/// The id of the request that is packed first.
RequestId packed_id(std::string_view bytes);

/// Take what was packed from the beginning of `bytes`, of which the rest remains.
RequestRecord unpack_request(std::string_view& bytes);
AttemptRecord unpack_attempt(std::string_view& bytes);

}  // namespace chaos::router
