// Server-sent events in other spellings than the one a dialect writes: legal ones that readers forget, and broken ones.
#pragma once

#include <memory>

#include "mock_providers/body_filter.hpp"

namespace chaos::mock_providers {

enum class SseShape {
    // Legal (WHATWG HTML, 9.2.6):
    crlf,        ///< lines end with CRLF
    bare_cr,     ///< lines end with CR
    mixed,       ///< lines end with CRLF, LF and CR by turns
    no_space,    ///< no space after the colon of a field
    bom,         ///< the stream begins with a byte order mark
    comments,    ///< a comment before each event
    multi_line,  ///< a JSON object over several data lines
    // Broken:
    double_prefix,    ///< `data: data: {`
    comment_as_data,  ///< `data: : keep-alive`, as a proxy makes it of a comment
    // Of the bytes, whatever they say:
    one_segment,   ///< all at the end, in one write
    byte_by_byte,  ///< each in a write of its own, which is up to the writer
};

std::unique_ptr<BodyFilter> sse_filter(SseShape shape);

}  // namespace chaos::mock_providers
