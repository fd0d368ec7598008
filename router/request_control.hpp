// What a caller may say of the providers of its own request, by headers.
#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "net/http/message.hpp"

namespace chaos::router {

struct RequestControl {
    std::string pin;                ///< asked first, whatever else speaks for another; empty: nobody
    std::vector<std::string> only;  ///< nobody else is asked; empty: no such limit
    bool fallback = true;           ///< false: whoever is first is the only one
};

/// `x-chaos-pin: name`, `x-chaos-only: a, b` and `x-chaos-no-fallback: 1`; or what is wrong with them, in a sentence:
/// a name that is not in `chain` is refused with the nearest that is. Hardly any request says anything: the names are
/// asked for when one does.
using ChainNames = std::function<std::vector<std::string>()>;
std::variant<RequestControl, std::string> read_request_control(const net::http::Headers& headers,
                                                               const ChainNames& chain);

}  // namespace chaos::router
