// The shortest way from bytes to a message, for those that are whole and say nothing unusual: most are.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/http/limits.hpp"
#include "net/http/message.hpp"

namespace chaos::net::http {

/// How many bytes of the front of `bytes` are a plain HTTP/1.1 message, which is then in `head` and `body`. Nothing if
/// they are not one, be it that they go on later, that they are malformed, beyond a limit, or merely unusual:
/// MessageReader's full parser says which, and this one takes nothing that that one would read in another way. Plain
/// means: all of the head, visible ASCII alone; no transfer-encoding, no upgrade; one content-length or none, and all
/// of the body; a connection that stays. In a request exactly one host; in a response a final status that has a body.
std::optional<std::size_t> read_plain(std::string_view bytes, const Limits& limits, RequestHead& head,
                                      std::string& body);
std::optional<std::size_t> read_plain(std::string_view bytes, const Limits& limits, ResponseHead& head,
                                      std::string& body);

}  // namespace chaos::net::http
