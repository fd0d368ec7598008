// gzip as servers and proxies use it on bodies: event by event, or holding everything back until the end.
#pragma once

#include <memory>

#include "mock_providers/body_filter.hpp"

namespace chaos::mock_providers {

enum class GzipFlush {
    each,    ///< whatever is due can be read at once
    at_end,  ///< nothing is sent before the end, or before the compressor's own buffer is full
};

std::unique_ptr<BodyFilter> gzip_filter(GzipFlush flush);

}  // namespace chaos::mock_providers
