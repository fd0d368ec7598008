// The 429 and how long it asks to stay away.
#include "mock_providers/faults/rate_limit.hpp"

#include <fmt/format.h>

#include "config/reader.hpp"
#include "mock_providers/faults/header_value.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/script.hpp"

namespace chaos::mock_providers::faults {

namespace {

Parameters read_rate_limit(const config::Node& value, config::Complaints& complaints)
{
    RateLimit fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "rate_limit");
    const auto wait = map.take("retry_after");
    if (wait && wait->kind() == config::NodeKind::scalar && wait->text() == "none") {
        fault.retry_after.reset();
    } else if (wait) {
        fault.retry_after = config::read_duration(*wait, complaints, "retry_after").value_or(*fault.retry_after);
    }
    fault.spelt = read_header_value(map, "spelt");
    fault.in_prose = map.boolean("in_prose", fault.in_prose);
    if (fault.spelt && wait) complaints.add(map.at("retry_after"), "retry_after does not go with spelt, which takes its place");
    if (fault.in_prose && (fault.spelt || !fault.retry_after)) {
        complaints.add(map.at("in_prose"), "in_prose needs a wait to tell: give retry_after, and no spelt");
    }
    if (fault.spelt) fault.retry_after.reset();
    map.finish();
    return fault;
}

/// What a provider sends that says it in prose alone, or in a spelling of its own.
void respell(const RateLimit& fault, net::http::Headers& headers)
{
    if (fault.spelt || fault.in_prose) {
        for (const char* name : {"retry-after", "retry-after-ms", "x-ratelimit-reset-requests"}) headers.remove(name);
    }
    if (fault.spelt) headers.set("retry-after", *fault.spelt);
}

}  // namespace

void RateLimit::inject(Script& script, net::Instant) const
{
    script.instead = script.dialect->rate_limit(*script.api, script.answer.model, retry_after);
    respell(*this, script.instead->head.headers);
    if (retry_after && !in_prose) script.told_wait = script.dialect->told_wait(*retry_after);
}

std::optional<std::string> RateLimit::proof(const Sent& sent) const
{
    if (!sent.sent(429)) {
        return std::nullopt;
    }
    std::string wait = retry_after ? "a wait of " + net::to_string(*retry_after) : std::string("no wait");
    if (in_prose) wait += " in its body alone";
    if (spelt) wait = "retry-after: " + *spelt;
    return fmt::format("HTTP 429 with {} ({} bytes of body)", wait, sent.body_bytes);
}

Entry rate_limit_entry()
{
    Entry entry;
    entry.name = "rate_limit";
    entry.layer = Layer::request;
    entry.summary = "The provider answers 429 and says how long to stay away.";
    entry.evidence = "Delivered: the whole 429 with its wait went out to a recognised attempt.";
    entry.remedy = "Go on with another provider at once, and leave this one alone until the wait is over; one that cannot "
                   "be read, or is out of all proportion, is replaced by a wait of its own.";
    entry.parameters = {{"retry_after",
                         "the wait it asks for, where the vendor says it: in Retry-After (whole seconds, rounded up), "
                         "in headers of its own, in the body; none leaves it out; default 1s",
                         "2s"},
                        {"spelt",
                         "sent as Retry-After verbatim, in place of the wait: a date that is past, -5, 9999999, soon",
                         "soon"},
                        {"in_prose", "true: only the body says the wait, no header does; default false", "true"}};
    entry.read = &read_rate_limit;
    return entry;
}

}  // namespace chaos::mock_providers::faults
