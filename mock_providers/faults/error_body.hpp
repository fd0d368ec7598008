// What stands in the body of an HTTP error.
#pragma once

namespace chaos::mock_providers::faults {

enum class ErrorBody {
    vendor,
    empty,      ///< no body and no content type
    html,       ///< a CDN's page
    plain,      ///< a CDN's one line of text
    cdn_json,   ///< a CDN's JSON, which has no `error`
    fastapi,    ///< {"detail": [...]}, as servers built with FastAPI refuse a request
    array,      ///< the vendor's error in a JSON list
    nested,     ///< the vendor's error as JSON text in the message of another
    metadata,   ///< a gateway's error, with the vendor's as JSON text in metadata.raw
};

}  // namespace chaos::mock_providers::faults
