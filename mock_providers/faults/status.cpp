// An error status and its body.
#include "mock_providers/faults/status.hpp"

#include <fmt/format.h>

#include "config/reader.hpp"
#include "mock_providers/faults/error_page.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/script.hpp"

namespace chaos::mock_providers::faults {

namespace {

void complain_without_place(config::MapReader& map, std::string_view word, ErrorBody body)
{
    if (map.take(word) && !has_message(body)) {
        map.complaints().add(map.at(word), fmt::format("{} has no place in `body: {}`", word, word_for(body, error_bodies())));
    }
}

Parameters read_status(const config::Node& value, config::Complaints& complaints)
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
    fault.body = read_choice(map, "body", error_bodies(), fault.body);
    fault.truncated = map.boolean("truncated", fault.truncated);
    for (const std::string_view word : {"message", "type", "error_code"}) {
        complain_without_place(map, word, fault.body);
    }
    if (fault.truncated && fault.body == ErrorBody::empty) {
        complaints.add(map.at("truncated"), "an empty body cannot be truncated");
    }
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
    script.instead = error_page(body, error, *script.api);
    script.body_lost = truncated;
}

std::optional<std::string> Status::proof(const Sent& sent) const
{
    if (truncated) {
        const bool lost = sent.status == code && sent.end == WireEnd::cut_fin && sent.body_bytes == 0;
        return lost ? std::optional(fmt::format("HTTP {}, a body promised and none sent, then FIN", code)) : std::nullopt;
    }
    if (!sent.sent(code)) return std::nullopt;
    const std::string words = body == ErrorBody::vendor ? "" : fmt::format(", body: {}", word_for(body, error_bodies()));
    return fmt::format("HTTP {}{} ({} bytes of body)", code, words, sent.body_bytes);
}

Entry status_entry()
{
    Entry entry;
    entry.name = "status";
    entry.layer = Layer::request;
    entry.summary = "The provider answers with an HTTP error: in its own error body, or with what a CDN, a gateway or a "
                    "framework puts there.";
    entry.evidence = "Delivered: the whole response with this status (truncated: its head, then FIN) went out to a recognised attempt.";
    entry.remedy =
        "Tell what is the caller's fault from what is the provider's by the status, whatever the body is; for the latter "
        "go on with another provider.";
    entry.parameters = {{"code", "the HTTP status, 400 to 599; default 500", "503"},
                        {"message", "replaces the usual message of that status", "the model is resting"},
                        {"type", "replaces error.type", "server_error"},
                        {"error_code", "replaces error.code", "server_is_overloaded"},
                        {"body",
                         "vendor; empty (no body, no content type); from a CDN: html, plain (`error code: 1015`) or "
                         "cdn_json; fastapi ({\"detail\":[...]}); array (the vendor's error in a JSON list); nested (the "
                         "vendor's error as text in the message of another); metadata (a gateway's error with the "
                         "vendor's as text in metadata.raw); default vendor",
                         "html"},
                        {"truncated", "true: content-length promises the body, none comes, then FIN; default false",
                         "true"}};
    entry.read = &read_status;
    return entry;
}

}  // namespace chaos::mock_providers::faults
