// Names become links.
#include "router/chain.hpp"

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

}  // namespace

std::map<std::string, std::vector<Link>> chains_of(const Policy& policy, const std::vector<Target>& targets,
                                                   MemoryOfFailure& memory)
{
    std::map<std::string, std::vector<Link>> chains;
    for (const auto& [alias, names] : policy.models) {
        std::vector<Link>& chain = chains[alias];
        for (const std::string& name : names) {
            for (std::size_t i = 0; i < targets.size(); ++i) {
                if (targets[i].name != name) continue;
                Link link;
                link.target = i;
                link.name = name;
                link.keys = places_of(targets[i], policy, memory);
                link.context_window = targets[i].context_window;
                link.timeouts = policy.timeouts;
                chain.push_back(std::move(link));
            }
        }
    }
    return chains;
}

}  // namespace chaos::router
