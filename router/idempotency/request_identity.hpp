// Who asks for what under which key: the identity of a keyed request, and the fingerprint of its body.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/http/message.hpp"

namespace chaos::router {

/// The key of a request, none, or why it is refused.
struct KeyOfRequest {
    std::optional<std::string> key;
    std::string problem;
};
/// A key is 1 to 255 visible ASCII characters, given once.
inline constexpr std::size_t longest_idempotency_key = 255;
KeyOfRequest idempotency_key(const net::http::Headers& headers);

/// A digest of the credentials that were presented: whoever presents others is another caller. Never the credentials
/// themselves.
std::string caller_of(const net::http::Headers& headers);

/// What a result is kept under: a digest of caller, endpoint (the path) and key.
std::string request_identity(std::string_view caller, std::string_view endpoint, std::string_view key);

/// Equal for bodies that say the same in JSON: the order of members, blanks, the spelling of numbers and of text do not
/// count. Bodies that are not JSON compare by their bytes.
std::string body_fingerprint(std::string_view body);

}  // namespace chaos::router
