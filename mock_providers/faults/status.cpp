// An error status and its body.
#include "mock_providers/faults/status.hpp"

#include <fmt/format.h>

#include "config/reader.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/script.hpp"

namespace chaos::mock_providers::faults {

namespace {

Parameters read(const config::Node& value, config::Complaints& complaints)
{
    Status fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "status");
    fault.code = static_cast<int>(map.integer("code", fault.code, 400, 599));
    fault.message = map.text("message");
    fault.type = map.text("type");
    fault.error_code = map.text("error_code");
    map.finish();
    return fault;
}

}  // namespace

void Status::inject(Script& script, net::Instant) const
{
    wire::ProviderError error = script.usual_error(code);
    error.message = message.value_or(error.message);
    error.type = type.value_or(error.type);
    error.code = error_code.value_or(error.code);
    script.instead = script.error_response(error);
}

std::optional<std::string> Status::proof(const Sent& sent) const
{
    if (!sent.sent(code)) {
        return std::nullopt;
    }
    return fmt::format("HTTP {} ({} bytes of body)", code, sent.body_bytes);
}

Entry status_entry()
{
    Entry entry;
    entry.name = "status";
    entry.layer = Layer::request;
    entry.summary = "The provider answers with an HTTP error, in its own error body.";
    entry.evidence = "Delivered: the whole response with this status went out to a recognised attempt.";
    entry.remedy =
        "Tell what is the caller's fault from what is the provider's; for the latter go on with another provider.";
    entry.parameters = {{"code", "the HTTP status, 400 to 599; default 500", "503"},
                        {"message", "replaces the usual message of that status", "the model is resting"},
                        {"type", "replaces error.type", "server_error"},
                        {"error_code", "replaces error.code", "server_is_overloaded"}};
    entry.read = &read;
    return entry;
}

}  // namespace chaos::mock_providers::faults
