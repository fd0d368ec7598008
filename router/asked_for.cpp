// What a request needs, held against what each provider can be told.
#include "router/asked_for.hpp"

#include <algorithm>

#include "router/apis/api.hpp"
#include "router/capabilities.hpp"

namespace chaos::router {

/// Vectors of two models have nothing to do with each other: only whoever has the first one's may stand in for it.
static void fit_embeddings(std::vector<RequestLink>& chain, const std::vector<Target>& targets)
{
    const Target& first = targets[chain.front().link->target];
    for (RequestLink& link : chain) {
        const Target& target = targets[link.link->target];
        if (link.link->protocol != Protocol::openai_chat) link.lacks = "embeddings";
        if (target.model != first.model) link.lacks = "the same model: vectors of another cannot be compared";
    }
}

/// Of several choices there is no single text that somebody else could go on with.
bool may_have_to_continue(const Policy& policy, const RequestFacts& facts)
{
    return policy.continue_text && facts.stream && facts.choices == 1;
}

void fit_chain(std::vector<RequestLink>& chain, const std::vector<Target>& targets, const Policy& policy,
               AskedFor& asked, std::string_view body)
{
    if (asked.embeddings) {
        fit_embeddings(chain, targets);
        return;
    }
    const Protocol from = asked.door.protocol();
    const auto needs_reading = [&](const RequestLink& link) {
        return link.link->protocol != from || !targets[link.link->target].lacks.empty();
    };
    if (!may_have_to_continue(policy, asked.facts) && std::none_of(chain.begin(), chain.end(), needs_reading)) return;
    auto read = asked.door.read(body);
    for (RequestLink& link : chain) {
        if (!needs_reading(link)) continue;
        if (!read) {
            if (link.link->protocol != from) link.lacks = "words for it: " + read.problem;
            continue;
        }
        const std::vector<std::string>& lacks = targets[link.link->target].lacks;
        link.lacks = link.link->protocol == from ? missing(*read.value, lacks)
                                                 : gap_between(*read.value, link.link->protocol, lacks).hard;
    }
    asked.request = std::move(read.value);
}

}  // namespace chaos::router
