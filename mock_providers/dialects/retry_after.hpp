// A wait as headers spell it.
#pragma once

#include <fmt/format.h>

#include <string>

#include "net/time.hpp"

namespace chaos::mock_providers {

/// Retry-After has whole seconds (RFC 9110, 10.2.3): rounded up, or a client that obeys it would come too early.
inline std::string whole_seconds(net::Duration wait)
{
    return fmt::to_string(std::chrono::ceil<std::chrono::seconds>(wait).count());
}

inline std::string whole_milliseconds(net::Duration wait)
{
    return fmt::to_string(std::chrono::ceil<std::chrono::milliseconds>(wait).count());
}

}  // namespace chaos::mock_providers
