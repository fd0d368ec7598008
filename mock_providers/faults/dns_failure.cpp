// Reading what the name server says; it is said in weather.cpp.
#include "mock_providers/faults/dns_failure.hpp"

#include "mock_providers/faults/vocabulary.hpp"

namespace chaos::mock_providers::faults {

namespace {

Parameters read_dns_failure(const config::Node& value, config::Complaints& complaints)
{
    DnsFailure fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "dns_failure");
    const auto answer = map.choice("answer", {"nxdomain", "servfail", "silence"});
    if (answer) {
        fault.answer = *answer == "servfail"  ? net::NameAnswer::servfail
                       : *answer == "silence" ? net::NameAnswer::silence
                                              : net::NameAnswer::nxdomain;
    }
    map.finish();
    return fault;
}

}  // namespace

std::string_view spelling(net::NameAnswer answer)
{
    constexpr std::string_view words[] = {"an address", "NXDOMAIN", "SERVFAIL", "silence"};
    return words[static_cast<std::size_t>(answer)];
}

Entry dns_failure_entry()
{
    Entry entry;
    entry.name = "dns_failure";
    entry.layer = Layer::connection;
    entry.summary =
        "The provider is reached by a host name, and for a time the name server does not say where that is; open "
        "connections go on.";
    entry.evidence =
        "Contacted: the name server was asked for the name, and said this; else armed: our own question was answered "
        "so. "
        "Skipped, with the reason, where the subject's resolver is not ours to answer.";
    entry.remedy =
        "Take it for a failed connect: go on with another provider, at once or after its own connect timeout, and keep "
        "no "
        "such answer for longer than the name server said.";
    entry.parameters = {{"answer",
                         "nxdomain (there is no such name), servfail (the server has failed), or silence (no answer; a "
                         "system asks again after 5s and gives up after 10s); default nxdomain",
                         "silence"}};
    entry.read = &read_dns_failure;
    return entry;
}

}  // namespace chaos::mock_providers::faults
