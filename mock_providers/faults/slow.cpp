// A late or halting answer.
#include "mock_providers/faults/slow.hpp"

#include <fmt/format.h>

#include "config/reader.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/script.hpp"

namespace chaos::mock_providers::faults {

namespace {

Slow by_default()
{
    Slow fault;
    fault.first_token = std::chrono::seconds(2);
    return fault;
}

Parameters read(const config::Node& value, config::Complaints& complaints)
{
    Slow fault;
    if (value.kind() == config::NodeKind::null) {
        return by_default();
    }
    config::MapReader map(value, complaints, "slow");
    fault.first_token = map.duration("first_token");
    fault.between_tokens = map.duration("between_tokens");
    map.finish();
    return fault.first_token || fault.between_tokens ? fault : by_default();
}

}  // namespace

void Slow::inject(Script& script, net::Instant release) const
{
    script.pace.first_token = first_token.value_or(script.pace.first_token);
    script.pace.between_tokens = between_tokens.value_or(script.pace.between_tokens);
    script.pace_release = release;
}

std::optional<std::string> Slow::proof(const Sent& sent) const
{
    if (sent.held_back <= net::Duration{}) {
        return std::nullopt;
    }
    if (sent.tokens == 0) {
        return fmt::format("no token for {}", rounded(sent.waited));
    }
    return fmt::format("first token after {}, {} token{} with pauses of up to {}", rounded(sent.waited), sent.tokens,
                       sent.tokens == 1 ? "" : "s", rounded(sent.longest_pause));
}

Entry slow_entry()
{
    Entry entry;
    entry.name = "slow";
    entry.layer = Layer::request;
    entry.summary = "The answer comes, but its first token late, or its tokens haltingly.";
    entry.evidence =
        "Delivered: measured at the provider, tokens were held back beyond the natural pace, also if the client left "
        "meanwhile.";
    entry.remedy = "Wait as long as its timeouts allow, no longer; pass on what comes as it comes.";
    entry.parameters = {{"first_token",
                         "from the request's last byte to the first token; a streamed answer's head still comes at its "
                         "natural time; default 2s if neither is given",
                         "2s"},
                        {"between_tokens", "the pause between two tokens", "300ms"}};
    entry.read = &read;
    return entry;
}

}  // namespace chaos::mock_providers::faults
