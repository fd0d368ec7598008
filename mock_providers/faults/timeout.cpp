// Silence instead of a response head.
#include "mock_providers/faults/timeout.hpp"

#include <fmt/format.h>
#include <utility>

#include "config/reader.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/script.hpp"

namespace chaos::mock_providers::faults {

namespace {

Parameters read(const config::Node& value, config::Complaints& complaints)
{
    Timeout fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "timeout");
    fault.hold = map.duration("hold");
    map.finish();
    return fault;
}

}  // namespace

void Timeout::inject(Script& script, net::Instant release) const
{
    Break silence;
    silence.where = Break::Where::request;
    silence.how = Stop::silence;
    silence.notices_client = true;
    silence.release = release;
    silence.at_most = hold;
    silence.afterwards = script.error_response(script.usual_error(504));
    script.stop = std::move(silence);
}

std::optional<std::string> Timeout::proof(const Sent& sent) const
{
    if (sent.fell_silent == Sent::Silence::none) {
        return std::nullopt;
    }
    const std::string_view then = sent.fell_silent == Sent::Silence::hold_over ? ", then HTTP 504" : "";
    return fmt::format("no head, {}{}", silence(sent), then);
}

Entry timeout_entry()
{
    Entry entry;
    entry.name = "timeout";
    entry.layer = Layer::request;
    entry.summary = "The request is taken and no response head ever comes; the provider notices a client that leaves.";
    entry.evidence =
        "Delivered: no head went out for so long, until the client left, the hold was over or the window closed.";
    entry.remedy = "Give up after its own first-token timeout, cancel the request, and go on with another provider.";
    entry.parameters = {{"hold", "how long nothing comes before a 504 does; default: until the client leaves", "30s"}};
    entry.read = &read;
    return entry;
}

}  // namespace chaos::mock_providers::faults
