// HTTP messages as plain values: heads and bodies.
#pragma once

#include <string>
#include <string_view>

#include "net/http/headers.hpp"

namespace chaos::net::http {

struct RequestHead {
    std::string method = "GET";
    std::string target = "/";
    Headers headers;
};

struct ResponseHead {
    int status = 200;
    std::string reason;  ///< empty: the standard phrase of the status is written
    Headers headers;
};

struct Request {
    RequestHead head;
    std::string body;

    /// Lets go of the header fields and the body.
    void forget();
};

struct Response {
    ResponseHead head;
    std::string body;
};

/// "Not Found" for 404; "" for a status without a registered phrase.
std::string_view standard_reason(int status);

/// The path of a target without its query: "/v1/models?x=1" -> "/v1/models"; also of the absolute form, which a server
/// must accept (RFC 9112, 3.2.2): "http://host/v1/models" -> "/v1/models".
std::string_view path_of(std::string_view target);

}  // namespace chaos::net::http
