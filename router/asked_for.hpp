// A caller's request, understood as far as it must be, and which providers of a chain can serve it.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "net/rare.hpp"
#include "router/chain.hpp"
#include "router/doors/door.hpp"
#include "router/policy.hpp"
#include "router/request_facts.hpp"
#include "wire/chat.hpp"

namespace chaos::router {

struct AskedFor {
    const Door& door;
    RequestFacts facts;
    bool embeddings = false;
    net::Rare<wire::ChatRequest> request{};  ///< everything it says, if somebody may have to be told in other words
};

/// Another provider may have to go on with a text that breaks off, so the text is told in our own words from the start.
bool may_have_to_continue(const Policy& policy, const RequestFacts& facts);

/// Marks the providers that lack what the request needs; reads it for that, if any speaks another protocol.
void fit_chain(std::vector<RequestLink>& chain, const std::vector<Target>& targets, const Policy& policy,
               AskedFor& asked, std::string_view body);

}  // namespace chaos::router
