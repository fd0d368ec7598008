// From a chain, the caller's wishes and what is remembered to the order for one request.
#include "router/arrange.hpp"

#include "router/order_chain.hpp"

namespace chaos::router {
namespace {

std::vector<std::string> names_in(const Chain& chain)
{
    std::vector<std::string> names;
    for (const Link& link : chain.links) names.push_back(link.name);
    return names;
}

}  // namespace

std::variant<Arrangement, std::string> Arranger::arrange(const ArrangeInput& input) const
{
    const auto wishes = read_request_control(input.request.head.headers, [&] { return names_in(input.chain); });
    if (const auto* problem = std::get_if<std::string>(&wishes)) return *problem;
    const RequestControl& control = std::get<RequestControl>(wishes);
    Arrangement arrangement;
    find_session(input, arrangement);
    if (input.chain.links.size() == 1) {  // there is nothing to put in order
        arrangement.first = input.chain.links.front().name;
        arrangement.chain.links.emplace_back(input.chain.links.front());
        return arrangement;
    }
    std::vector<Standing> standings;
    standings.reserve(input.chain.links.size());
    for (const Link& link : input.chain.links) standings.push_back(memory_.standing(link.keys.front(), input.now));
    const std::string kept = kept_provider(arrangement, input.now);
    const OrderInput order{input.chain.links, standings, input.chain.strategy,
                           control,           kept,      input.chance.about("order")};
    const OrderedChain ordered = order_chain(order);
    arrangement.first = input.chain.links[ordered.first].name;
    arrangement.chain.displaced = ordered.displaced;
    arrangement.chain.links.reserve(ordered.places.size());
    for (const OrderedChain::Place& place : ordered.places)
        arrangement.chain.links.emplace_back(input.chain.links[place.link]);
    return arrangement;
}

/// Sessions of different callers, and of different models, never meet.
void Arranger::find_session(const ArrangeInput& input, Arrangement& arrangement) const
{
    if (policy_.back == ReturnRule::when_healthy) return;
    const auto facts = reader_.read(input.request.body);
    if (!facts) return;
    arrangement.facts = *facts;
    std::uint64_t identity = facts->opening;
    if (!policy_.header.empty()) {
        const auto named = input.request.head.headers.find(policy_.header);
        if (named) identity = net::stable_hash(*named, 1);
    }
    arrangement.session = net::stable_hash(input.alias, net::stable_hash(input.caller, identity));
}

std::string Arranger::kept_provider(const Arrangement& arrangement, net::Instant now) const
{
    if (!arrangement.session) return {};
    const auto known = memory_.sessions().find(*arrangement.session, policy_.expires, now);
    if (!known || !stays(policy_.back, *known, arrangement.facts)) return {};
    return known->provider;
}

void Arranger::remember(const Arrangement& arrangement, const std::string& served_by, const net::Clock& clock) const
{
    if (!arrangement.session || served_by.empty()) return;
    if (served_by == arrangement.first) {
        memory_.sessions().forget(*arrangement.session);
        return;
    }
    FailedOver what{served_by, arrangement.facts.last_turn, arrangement.facts.user_turns};
    memory_.sessions().keep(*arrangement.session, std::move(what), static_cast<std::size_t>(policy_.limit),
                            clock.now());
}

}  // namespace chaos::router
