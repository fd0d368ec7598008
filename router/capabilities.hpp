// What a request needs against what a provider has: what is missing is either reason enough to pass the provider over,
// or left out and said so.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "router/protocol.hpp"
#include "wire/chat.hpp"

namespace chaos::router {

/// The difference between a request and a provider.
struct Gap {
    std::string hard;               ///< what it cannot do without, by its word; empty: it can be sent there
    std::vector<std::string> soft;  ///< what is left out, by its words
    bool operator==(const Gap&) const = default;
};

/// Between a request and a provider that speaks `to` and, by its configuration, `lacks` these, or `has` those of which
/// only some models of its API know.
Gap gap_between(const wire::ChatRequest& request, Protocol to, const std::vector<std::string>& lacks,
                const std::vector<std::string>& has = {});
/// What a request cannot do without among what a provider of the caller's own protocol `lacks`; empty: nothing.
std::string missing(const wire::ChatRequest& request, const std::vector<std::string>& lacks);
/// Takes out of a request what a provider would misread or refuse among the words of `soft`.
void leave_out(wire::ChatRequest& request, const std::vector<std::string>& soft);

/// One capability: for the documentation, and the words that `lacks:` of a provider may use.
struct CapabilityDoc {
    std::string_view word;
    bool hard;
    std::vector<Protocol> had_by;
    std::vector<Protocol> had_by_some;  ///< models of these: `has:` of a provider says so
    std::string_view meaning;
};
std::vector<CapabilityDoc> capabilities();

}  // namespace chaos::router
