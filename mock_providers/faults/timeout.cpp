// Silence instead of a response head.
#include "mock_providers/faults/timeout.hpp"

#include <fmt/format.h>
#include <utility>

#include "config/reader.hpp"
#include "mock_providers/faults/error_page.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/script.hpp"

namespace chaos::mock_providers::faults {

namespace {

/// After which Cloudflare says 524 (developers.cloudflare.com/support, error 524).
constexpr net::Duration patience_of_a_cdn = std::chrono::seconds(100);

Parameters read_timeout(const config::Node& value, config::Complaints& complaints)
{
    Timeout fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "timeout");
    fault.hold = map.duration("hold");
    if (const auto code = map.integer("code", 400, 599)) {
        fault.code = static_cast<int>(*code);
        fault.hold = fault.hold.value_or(patience_of_a_cdn);
    }
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
    const bool from_cdn = code >= 520 && code <= 526;
    silence.afterwards =
        error_page(from_cdn ? ErrorBody::html : ErrorBody::vendor, script.usual_error(code), *script.api);
    script.stop = std::move(silence);
}

std::optional<std::string> Timeout::proof(const Sent& sent) const
{
    if (sent.fell_silent == Sent::Silence::none) {
        return std::nullopt;
    }
    const std::string then = sent.fell_silent == Sent::Silence::hold_over ? fmt::format(", then HTTP {}", code) : "";
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
    entry.parameters = {
        {"hold", "how long nothing comes before an error does; default: until the client leaves, with code 100s",
         "30s"},
        {"code", "the status of that error, 400 to 599; 520 to 526 with a CDN's page; default 504", "524"}};
    entry.read = &read_timeout;
    return entry;
}

}  // namespace chaos::mock_providers::faults
