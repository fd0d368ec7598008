// Toxiproxy's HTTP API over a collection of proxies: a request goes in, an answer comes out.
#pragma once

#include <string>

#include "harness/toxiproxy/proxies.hpp"

namespace chaos::harness::toxiproxy {

/// The part of Toxiproxy's protocol this speaks, as GET /version tells it.
inline constexpr std::string_view version = "2.9.0+chaos." CHAOS_VERSION;

struct Request {
    std::string method;
    std::string path;  ///< without query
    std::string body;
    std::string user_agent;
    bool from_page = false;  ///< it has an Origin: a page in somebody's browser sent it
};

struct Answer {
    int status = 200;
    std::string body;
    std::string content_type = "application/json";
};

/// Paths, statuses and bodies are those of Toxiproxy 2.x, but for this: what it would ignore (unknown fields and
/// attributes, values out of range, changes it does not carry out) is refused with 400 in its error form.
Answer answer(Proxies& proxies, const Request& request);

}  // namespace chaos::harness::toxiproxy
