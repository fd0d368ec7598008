// The order in which the providers of a chain are asked for one request, and why it is that.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/chance.hpp"
#include "router/chain.hpp"
#include "router/request_control.hpp"

namespace chaos::router {

/// Why a provider stands where it stands.
enum class Rank { by_strategy, pinned, kept_by_session, reported_down };
std::string_view spelling(Rank rank);

/// Everything the order depends on.
struct OrderInput {
    const std::vector<Link>& chain;          ///< not empty; `control` leaves some of it
    const std::vector<Standing>& standings;  ///< of each link
    ChainStrategy strategy = ChainStrategy::priority;
    const RequestControl& control;
    std::string_view session_keeps;  ///< the provider that this session failed over to and stays with; empty: none
    net::Chance chance;              ///< about this request
};

struct OrderedChain {
    struct Place {
        std::size_t link = 0;  ///< index into the chain
        Rank rank = Rank::by_strategy;
    };
    std::vector<Place> places;
    std::size_t first = 0;  ///< whom the strategy, or the pin, puts first: index into the chain
    /// Why whom the strategy puts first is not asked first: "reported_down" or "session". Empty if it is, or if the
    /// caller wanted it so.
    std::string_view displaced;
};

/// Lower tiers come first. Within one: `priority` as written; `weighted` a draw without replacement, each with the
/// odds of its weight; `least_latency` the shortest time to the first token, unknown ones first so that they become
/// known, ties as written. Then the provider that the session keeps comes to the front, followed by those after it and
/// those before it; whoever its status page reports down goes to the end; and the pinned one is asked first of all.
OrderedChain order_chain(const OrderInput& input);

}  // namespace chaos::router
