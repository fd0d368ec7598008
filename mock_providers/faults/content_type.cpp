// Another media type, another form, or both.
#include "mock_providers/faults/content_type.hpp"

#include <fmt/format.h>

#include "mock_providers/faults/choices.hpp"
#include "mock_providers/faults/header_value.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/script.hpp"

namespace chaos::mock_providers::faults {

namespace {

using Body = ContentType::Body;

const Choices<Body> bodies = {{"asked", Body::asked}, {"whole", Body::whole}, {"stream", Body::stream}};

Parameters read_content_type(const config::Node& value, config::Complaints& complaints)
{
    ContentType fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "content_type");
    const auto as = read_header_value(map, "as");
    fault.body = read_choice(map, "body", bodies, fault.body);
    if (as || fault.body != Body::asked) fault.as = as;
    map.finish();
    return fault;
}

}  // namespace

bool ContentType::applies_to(const Script& script) const
{
    return body == Body::asked || script.stream == (body == Body::whole);
}

void ContentType::inject(Script& script, net::Instant) const
{
    if (body != Body::asked) script.stream = body == Body::stream;
    if (as) script.headers.set("content-type", *as);
}

std::optional<std::string> ContentType::proof(const Sent& sent) const
{
    if (body == Body::asked ? sent.status != 200 : !sent.sent(200)) return std::nullopt;
    std::string what;
    if (body == Body::whole) what += ", a whole answer to a request for a stream";
    if (body == Body::stream) what += ", a stream to a request for a whole answer";
    if (as) what += ", content-type: " + *as;
    return fmt::format("HTTP 200{} ({} bytes of body)", what, sent.body_bytes);
}

Entry content_type_entry()
{
    Entry entry;
    entry.name = "content_type";
    entry.layer = Layer::request;
    entry.summary = "The right answer under another media type, or in the form that was not asked for.";
    entry.evidence = "Delivered: the head with this type, or the whole answer in this form, went out to a recognised attempt.";
    entry.remedy =
        "Read the body for what it is, or fail before anything was passed on and go on with another provider; never "
        "wait for events in a body that has none, and never pass it on as an empty answer.";
    entry.parameters = {
        {"as",
         "the content-type it is sent under, verbatim; default text/html, or with another body than was asked for that "
         "body's own",
         "text/html"},
        {"body", "asked; whole (a whole answer to a request for a stream) or stream (the reverse); default asked", "whole"}};
    entry.forms = {"{body: whole}", "{body: stream}"};
    entry.read = &read_content_type;
    return entry;
}

}  // namespace chaos::mock_providers::faults
