// The chain of one request: who is asked for it and in which order, and what its session is to remember of that.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "net/chance.hpp"
#include "net/clock.hpp"
#include "net/http/message.hpp"
#include "router/chain.hpp"
#include "router/session/sessions.hpp"

namespace chaos::router {

struct Arrangement {
    RequestChain chain;
    std::string_view first;                ///< whom it would be asked of first if nothing had ever failed
    std::optional<std::uint64_t> session;  ///< nothing if sessions play no part
    SessionFacts facts;
};

/// What is asked for, and by whom.
struct ArrangeInput {
    const Chain& chain;
    std::string_view alias;
    std::string_view caller;  ///< its name; empty without one
    const net::http::Request& request;
    net::Chance chance;  ///< about this request
    net::Instant now{};
};

/// Puts chains in order, with the memory of failure at hand.
class Arranger {
public:
    /// All of them outlive it.
    Arranger(const SessionPolicy& policy, MemoryOfFailure& memory, SessionFactsReader& reader)
        : policy_(policy), memory_(memory), reader_(reader)
    {
    }

    /// The arrangement, or what is wrong with the caller's wishes.
    std::variant<Arrangement, std::string> arrange(const ArrangeInput& input) const;

    /// After the request: a session served by another than the first stays with that, as far as the policy says.
    void remember(const Arrangement& arrangement, const std::string& served_by, const net::Clock& clock) const;

private:
    void find_session(const ArrangeInput& input, Arrangement& arrangement) const;
    std::string kept_provider(const Arrangement& arrangement, net::Instant now) const;

    const SessionPolicy& policy_;
    MemoryOfFailure& memory_;
    SessionFactsReader& reader_;
};

}  // namespace chaos::router
