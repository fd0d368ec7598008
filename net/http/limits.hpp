// What an HTTP peer may ask us to hold or to wait for.
#pragma once

#include <cstddef>

#include "net/time.hpp"

namespace chaos::net::http {

struct Limits {
    std::size_t head_bytes = 64 * 1024;  ///< start line and all headers
    std::size_t header_count = 128;
    std::size_t body_bytes = 32 * 1024 * 1024;
    std::size_t read_ahead = 64 * 1024;                ///< bytes taken from the stream before anybody asked for them
    std::size_t connections = 10'000;                  ///< of one server; more wait in the listen queue
    Duration head_timeout = std::chrono::seconds(30);  ///< from the first byte of a request to the end of its head
    Duration body_timeout = std::chrono::seconds(60);  ///< for the whole request body
    Duration idle_timeout = std::chrono::seconds(75);  ///< of a kept-alive connection between requests
};

}  // namespace chaos::net::http
