// Names become links.
#include "router/chain.hpp"

#include "router/apis/api.hpp"

namespace chaos::router {
namespace {

/// A provider without a key has one place all the same.
std::vector<Place> places_of(const Target& target, const Policy& policy, MemoryOfFailure& memory)
{
    std::vector<Place> places;
    for (const std::string& key : target.api_keys)
        places.push_back(memory.place(target.name, hash_of_key(key), policy));
    if (places.empty()) places.push_back(memory.place(target.name, 0, policy));
    return places;
}

Link::Paths paths_at(const Target& target, const Api& api)
{
    return {api.target(target.base_path, target.model, false), api.target(target.base_path, target.model, true),
            (target.base_path.empty() ? "/v1" : target.base_path) + "/embeddings"};
}

Link link_of(const ChainMember& member, std::size_t index, const Target& target, const Policy& policy,
             MemoryOfFailure& memory)
{
    const auto found = policy.providers.find(target.name);
    const ProviderPolicy own = found == policy.providers.end() ? ProviderPolicy{} : found->second;
    Link link;
    link.target = index;
    link.name = target.name;
    link.protocol = protocol_of(target.dialect).value_or(Protocol::openai_chat);
    link.paths = paths_at(target, api_of(link.protocol));
    link.keys = places_of(target, policy, memory);
    link.context_window = own.context_window ? own.context_window : target.context_window;
    link.max_output = own.max_output;
    link.timeouts = policy.timeouts;
    link.timeouts.connect = own.connect.value_or(policy.timeouts.connect);
    link.timeouts.first_token = own.first_token.value_or(policy.timeouts.first_token);
    link.timeouts.idle = own.idle.value_or(policy.timeouts.idle);
    link.parameters = own.parameters;
    link.weight = member.weight;
    link.tier = member.tier;
    return link;
}

}  // namespace

std::map<std::string, Chain> chains_of(const Policy& policy, const std::vector<Target>& targets,
                                       MemoryOfFailure& memory)
{
    std::map<std::string, Chain> chains;
    for (const auto& [name, alias] : policy.models) {
        Chain& chain = chains[name];
        chain.strategy = alias.strategy;
        for (const ChainMember& member : alias.chain) {
            for (std::size_t i = 0; i < targets.size(); ++i) {
                if (targets[i].name == member.provider)
                    chain.links.push_back(link_of(member, i, targets[i], policy, memory));
            }
        }
    }
    return chains;
}

}  // namespace chaos::router
