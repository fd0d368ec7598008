// RST before any byte of the response.
#include "mock_providers/faults/reset.hpp"

#include <fmt/format.h>
#include <utility>

#include "config/reader.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/script.hpp"

namespace chaos::mock_providers::faults {

namespace {

Parameters read_reset(const config::Node& value, config::Complaints& complaints)
{
    Reset fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "reset");
    const auto at = map.choice("at", {"accept", "request", "headers"});
    if (at) {
        fault.at = *at == "accept" ? Reset::At::accept : *at == "headers" ? Reset::At::headers : Reset::At::request;
    }
    map.finish();
    return fault;
}

}  // namespace

void Reset::inject(Script& script, net::Instant) const
{
    Break end;
    end.where = at == At::headers ? Break::Where::head : Break::Where::request;
    end.how = Stop::reset;
    script.stop = std::move(end);
}

std::optional<std::string> Reset::proof(const Sent& sent) const
{
    if (sent.end != WireEnd::cut_reset || sent.status != 0) {
        return std::nullopt;
    }
    return fmt::format("RST {} after the request, before any byte", rounded(sent.waited));
}

Entry reset_entry()
{
    Entry entry;
    entry.name = "reset";
    entry.layer = Layer::request;
    entry.summary = "The connection is reset before any byte of the response.";
    entry.evidence =
        "Delivered: the request was read (at accept: the connection was taken), and RST was the only answer.";
    entry.remedy = "Retry at once, on a fresh connection or at another provider: nothing had been answered.";
    entry.parameters = {{"at",
                         "accept (a connection fault), request (as soon as it was read), or headers (when they would "
                         "be due); default request",
                         "headers"}};
    entry.read = &read_reset;
    return entry;
}

}  // namespace chaos::mock_providers::faults
