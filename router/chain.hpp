// The providers behind a model's name, as its requests meet them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/rare.hpp"
#include "router/memory/memory_of_failure.hpp"
#include "router/outcome.hpp"
#include "router/policy.hpp"
#include "router/protocol.hpp"

namespace chaos::router {

/// A provider in the chain of a model.
struct Link {
    std::size_t target = 0;  ///< index into the router's targets
    std::string name;
    Protocol protocol = Protocol::openai_chat;
    /// The targets of requests, by what is asked for.
    struct Paths {
        std::string whole;
        std::string streamed;
        std::string embeddings;
    } paths;
    std::vector<Place> keys;  ///< in the order in which they are used; at least one
    std::optional<std::int64_t> context_window;
    std::optional<std::int64_t> max_output;
    Timeouts timeouts;
    std::string parameters;  ///< members for the body, as a JSON object; empty: none
    int weight = 1;
    int tier = 1;
};

struct Chain {
    ChainStrategy strategy = ChainStrategy::priority;
    std::vector<Link> links;
};

/// A provider of it as one request meets it.
struct RequestLink {
    explicit RequestLink(const Link& its_link) : link(&its_link) {}

    const Link* link;         ///< of the configuration that the request began with
    std::string lacks;        ///< what this request needs and the provider has not; empty: it can be asked
    int same_retries = 0;     ///< of this request, so far
    net::Rare<Outcome> last;  ///< what it came to, when it went wrong; null: nothing did
};

/// The part of it that one request may use, in the order in which it is asked.
struct RequestChain {
    RequestChain() = default;
    /// A plain chain is one. It outlives the request.
    RequestChain(const std::vector<Link>& all) : links(all.begin(), all.end()) {}  // NOLINT
    RequestChain(const std::vector<Link>&&) = delete;
    std::vector<RequestLink> links;
    std::string_view displaced;  ///< why another is asked first than the strategy would have it; empty if it is not so
};

/// The chains by alias. Members that are no targets are left out: the reader of the policy has complained about them.
std::map<std::string, Chain> chains_of(const Policy& policy, const std::vector<Target>& targets,
                                       MemoryOfFailure& memory);

}  // namespace chaos::router
