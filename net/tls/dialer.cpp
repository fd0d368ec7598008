// Connect, then shake hands.
#include "net/tls/dialer.hpp"

#include "net/tls/stream.hpp"

namespace chaos::net::tls {

Task<Result<StreamPtr>> Dialer::connect(Endpoint to, Instant deadline)
{
    auto wire = co_await runtime_.network().connect(to, deadline);
    const auto known = contexts_.find(to);
    if (!wire || known == contexts_.end()) co_return wire;
    auto secured = co_await tls::connect(runtime_, std::move(*wire), known->second, to.host, deadline);
    co_return secured;
}

}  // namespace chaos::net::tls
