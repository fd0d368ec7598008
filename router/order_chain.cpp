// One rule after the other, each a small change to a list of indices.
#include "router/order_chain.hpp"

#include <algorithm>

namespace chaos::router {
namespace {

using Places = std::vector<OrderedChain::Place>;

Places allowed_links(const OrderInput& input)
{
    Places places;
    places.reserve(input.chain.size());
    for (std::size_t i = 0; i < input.chain.size(); ++i) {
        const auto& only = input.control.only;
        if (only.empty() || std::find(only.begin(), only.end(), input.chain[i].name) != only.end())
            places.push_back({i, Rank::by_strategy});
    }
    return places;
}

/// One draw for each place; about the place and not about who is left, so that a seed keeps its meaning.
void draw_by_weight(const OrderInput& input, Places::iterator begin, Places::iterator end)
{
    const auto weight = [&](Places::iterator i) { return static_cast<std::uint64_t>(input.chain[i->link].weight); };
    for (std::uint64_t place = 0; begin != end; ++begin, ++place) {
        std::uint64_t total = 0;
        for (auto i = begin; i != end; ++i) total += weight(i);
        if (total == 0) return;
        std::uint64_t ticket = input.chance.about("weight").about(place).below(total);
        auto drawn = begin;
        while (ticket >= weight(drawn)) {
            ticket -= weight(drawn);
            ++drawn;
        }
        std::rotate(begin, drawn, drawn + 1);
    }
}

void sort_by_latency(const OrderInput& input, Places::iterator begin, Places::iterator end)
{
    using Place = OrderedChain::Place;
    const auto latency = [&](const Place& a) { return input.standings[a.link].first_token.value_or(net::Duration{}); };
    std::stable_sort(begin, end, [&](const Place& a, const Place& b) { return latency(a) < latency(b); });
}

void apply_strategy(const OrderInput& input, Places& places)
{
    if (places.size() < 2) return;
    using Place = OrderedChain::Place;
    const auto tier = [&](const Place& a) { return input.chain[a.link].tier; };
    const auto lower = [&](const Place& a, const Place& b) { return tier(a) < tier(b); };
    // Most chains have one tier, or are written in order; to sort takes memory.
    if (!std::is_sorted(places.begin(), places.end(), lower)) std::stable_sort(places.begin(), places.end(), lower);
    for (auto begin = places.begin(); begin != places.end();) {
        const auto end = std::find_if(begin, places.end(), [&](const Place& a) { return tier(a) != tier(*begin); });
        if (input.strategy == ChainStrategy::weighted) draw_by_weight(input, begin, end);
        if (input.strategy == ChainStrategy::least_latency) sort_by_latency(input, begin, end);
        begin = end;
    }
}

}  // namespace

OrderedChain order_chain(const OrderInput& input)
{
    OrderedChain ordered;
    Places& places = ordered.places;
    places = allowed_links(input);
    apply_strategy(input, places);
    const std::size_t by_strategy = places.front().link;
    const auto place_of = [&](std::string_view name) {
        return std::find_if(places.begin(), places.end(),
                            [&](const auto& a) { return input.chain[a.link].name == name; });
    };

    const auto kept = place_of(input.session_keeps);
    if (kept != places.end() && kept != places.begin()) {
        kept->rank = Rank::kept_by_session;
        std::rotate(places.begin(), kept, places.end());
    }
    const auto is_up = [&](const OrderedChain::Place& a) { return !input.standings[a.link].reported_down; };
    if (!std::all_of(places.begin(), places.end(), is_up)) {
        const auto down = std::stable_partition(places.begin(), places.end(), is_up);
        for (auto i = down; i != places.end(); ++i) i->rank = Rank::reported_down;
    }

    const bool displaced = places.front().link != by_strategy;
    const bool by_page = displaced && input.standings[by_strategy].reported_down;
    const auto pinned = place_of(input.control.pin);
    ordered.first = by_strategy;
    if (pinned != places.end()) {
        ordered.first = pinned->link;
        pinned->rank = Rank::pinned;
        std::rotate(places.begin(), pinned, pinned + 1);
    } else if (displaced) {
        ordered.displaced = by_page ? "reported_down" : "session";
    }
    if (!input.control.fallback && places.size() > 1) places.resize(1);
    return ordered;
}

std::string_view spelling(Rank rank)
{
    switch (rank) {
        case Rank::by_strategy:
            return "by_strategy";
        case Rank::pinned:
            return "pinned";
        case Rank::kept_by_session:
            return "session";
        case Rank::reported_down:
            return "reported_down";
    }
    return "unknown";
}

}  // namespace chaos::router
