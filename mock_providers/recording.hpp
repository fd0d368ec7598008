// A recording: exchanges with a real endpoint as plain values, and as lines of JSON; without keys and without what names
// an account.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http/message.hpp"
#include "net/time.hpp"

namespace chaos::mock_providers {

/// One exchange. Offsets count from the request's last byte.
struct Recording {
    struct Chunk {
        net::Duration after{};
        std::string bytes;
    };

    std::string method;
    std::string target;  ///< path and query, without a `key` parameter
    std::string body;
    int status = 0;
    net::Duration head_after{};
    net::http::Headers headers;
    std::vector<Chunk> chunks;
    bool complete = true;  ///< false: the endpoint broke off after them
};

/// What of a request may be written down: method, path and body. Of headers none, for keys travel there.
Recording recording_of(const net::http::Request& request);
/// What of a response's headers is kept: content type and encoding, waits and limits, request ids.
net::http::Headers kept_headers(const net::http::Headers& headers);

/// The keys a request carries: in authorization, x-api-key, api-key, x-goog-api-key, and in `key=`.
std::vector<std::string> secrets_in(const net::http::RequestHead& head);
/// Replaces them wherever an endpoint repeats them, also where a chunk ends in the middle of one.
void strip(Recording& recording, const std::vector<std::string>& secrets);

/// One line of JSON with its end. Bytes that are not UTF-8 are written in hex.
std::string to_line(const Recording& recording);

/// Why a line cannot be read is in `problem`.
std::optional<Recording> read_recording(std::string_view line, std::string& problem);

/// Equal for requests that ask for the same: method, path, query without `key`, and the body as JSON, whose key order,
/// spacing and spelling of text do not matter. A body that is not JSON is compared by its bytes.
std::string identity_of(const Recording& recording);
/// Method and path alone.
std::string endpoint_of(const Recording& recording);

}  // namespace chaos::mock_providers
