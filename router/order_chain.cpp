// One rule after the other, each a small change to a list of indices.
#include "router/order_chain.hpp"

#include <algorithm>

namespace chaos::router {
namespace {

using Indices = std::vector<std::size_t>;

Indices allowed_links(const OrderInput& input)
{
    Indices links;
    links.reserve(input.chain.size());
    for (std::size_t i = 0; i < input.chain.size(); ++i) {
        const auto& only = input.control.only;
        if (only.empty() || std::find(only.begin(), only.end(), input.chain[i].name) != only.end()) links.push_back(i);
    }
    return links;
}

/// One draw for each place; about the place and not about who is left, so that a seed keeps its meaning.
void draw_by_weight(const OrderInput& input, Indices::iterator begin, Indices::iterator end)
{
    for (std::uint64_t place = 0; begin != end; ++begin, ++place) {
        std::uint64_t total = 0;
        for (auto i = begin; i != end; ++i) total += static_cast<std::uint64_t>(input.chain[*i].weight);
        if (total == 0) return;
        std::uint64_t ticket = input.chance.about("weight").about(place).below(total);
        auto drawn = begin;
        while (ticket >= static_cast<std::uint64_t>(input.chain[*drawn].weight)) {
            ticket -= static_cast<std::uint64_t>(input.chain[*drawn].weight);
            ++drawn;
        }
        std::rotate(begin, drawn, drawn + 1);
    }
}

void sort_by_latency(const OrderInput& input, Indices::iterator begin, Indices::iterator end)
{
    const auto latency = [&](std::size_t i) { return input.standings[i].first_token.value_or(net::Duration{}); };
    std::stable_sort(begin, end, [&](std::size_t a, std::size_t b) { return latency(a) < latency(b); });
}

void apply_strategy(const OrderInput& input, Indices& links)
{
    if (links.size() < 2) return;
    const auto tier = [&](std::size_t i) { return input.chain[i].tier; };
    std::stable_sort(links.begin(), links.end(), [&](std::size_t a, std::size_t b) { return tier(a) < tier(b); });
    for (auto begin = links.begin(); begin != links.end();) {
        const auto end = std::find_if(begin, links.end(), [&](std::size_t i) { return tier(i) != tier(*begin); });
        if (input.strategy == ChainStrategy::weighted) draw_by_weight(input, begin, end);
        if (input.strategy == ChainStrategy::least_latency) sort_by_latency(input, begin, end);
        begin = end;
    }
}

}  // namespace

OrderedChain order_chain(const OrderInput& input)
{
    Indices links = allowed_links(input);
    apply_strategy(input, links);
    const std::size_t by_strategy = links.front();
    std::vector<Rank> ranks(input.chain.size(), Rank::by_strategy);

    const auto kept = std::find_if(links.begin(), links.end(),
                                   [&](std::size_t i) { return input.chain[i].name == input.session_keeps; });
    if (kept != links.end() && kept != links.begin()) {
        ranks[*kept] = Rank::kept_by_session;
        std::rotate(links.begin(), kept, links.end());
    }
    const auto is_up = [&](std::size_t i) { return !input.standings[i].reported_down; };
    if (!std::all_of(links.begin(), links.end(), is_up)) {
        const auto down = std::stable_partition(links.begin(), links.end(), is_up);
        for (auto i = down; i != links.end(); ++i) ranks[*i] = Rank::reported_down;
    }

    const bool displaced = links.front() != by_strategy;
    const bool by_page = displaced && !is_up(by_strategy);
    const auto pinned = std::find_if(links.begin(), links.end(),
                                     [&](std::size_t i) { return input.chain[i].name == input.control.pin; });
    OrderedChain ordered;
    ordered.first = pinned != links.end() ? *pinned : by_strategy;
    if (pinned != links.end()) {
        ranks[*pinned] = Rank::pinned;
        std::rotate(links.begin(), pinned, pinned + 1);
    } else if (displaced) {
        ordered.displaced = by_page ? "reported_down" : "session";
    }
    if (!input.control.fallback && links.size() > 1) links.resize(1);
    ordered.places.reserve(links.size());
    for (const std::size_t i : links) ordered.places.push_back({i, ranks[i]});
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
