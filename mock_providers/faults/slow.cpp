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

Parameters read_slow(const config::Node& value, config::Complaints& complaints)
{
    Slow fault;
    if (value.kind() == config::NodeKind::null) {
        return by_default();
    }
    config::MapReader map(value, complaints, "slow");
    fault.first_token = map.duration("first_token");
    fault.between_tokens = map.duration("between_tokens");
    fault.keep_alive = map.duration("keep_alive");
    map.finish();
    if (fault.keep_alive == net::Duration{}) {
        complaints.add(map.at("keep_alive"), "keep_alive: expected a pause between two signs of life, such as 5s");
    }
    if (!fault.first_token && !fault.between_tokens) {
        fault.first_token = by_default().first_token;
    }
    return fault;
}

}  // namespace

bool Slow::applies_to(const Script& script) const
{
    return !keep_alive || (script.stream && !script.api->keep_alive().empty());
}

void Slow::inject(Script& script, net::Instant release) const
{
    script.pace.first_token = first_token.value_or(script.pace.first_token);
    script.pace.between_tokens = between_tokens.value_or(script.pace.between_tokens);
    script.pace_release = release;
    script.keep_alive = keep_alive;
}

std::optional<std::string> Slow::proof(const Sent& sent) const
{
    if (sent.held_back <= net::Duration{}) {
        return std::nullopt;
    }
    const std::string signs = keep_alive ? fmt::format(", {} signs of life", sent.keep_alives) : "";
    if (sent.tokens == 0) {
        return fmt::format("no token for {}{}", rounded(sent.waited), signs);
    }
    return fmt::format("first token after {}, {} token{} with pauses of up to {}{}", rounded(sent.waited), sent.tokens,
                       sent.tokens == 1 ? "" : "s", rounded(sent.longest_pause), signs);
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
    entry.parameters = {
        {"first_token",
         "from the request's last byte to the first token; a streamed answer's head still comes at its "
         "natural time; default 2s if neither is given",
         "2s"},
        {"between_tokens", "the pause between two tokens", "300ms"},
        {"keep_alive",
         "in a stream of events that waits: a sign of life so often, in the API's own way (a comment, or "
         "Anthropic's ping); default none",
         "5s"}};
    entry.forms = {"{keep_alive: 5s}"};
    entry.read = &read_slow;
    return entry;
}

}  // namespace chaos::mock_providers::faults
