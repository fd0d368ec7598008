// The bodies of failures that call themselves 200.
#include "mock_providers/faults/error_in_200.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "mock_providers/faults/choices.hpp"
#include "mock_providers/faults/error_page.hpp"
#include "mock_providers/faults/stream_error.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/script.hpp"
#include "net/json.hpp"

namespace chaos::mock_providers::faults {

namespace {

using ErrorShape = ErrorIn200::Shape;

const Choices<ErrorShape> error_shapes = {
    {"error", ErrorShape::error},   {"flat", ErrorShape::flat},   {"null_choices", ErrorShape::null_choices},
    {"beside", ErrorShape::beside}, {"empty", ErrorShape::empty}, {"blank", ErrorShape::blank},
    {"html", ErrorShape::html}};

bool names_the_error(ErrorShape shape)
{
    return shape == ErrorShape::error || shape == ErrorShape::flat || shape == ErrorShape::beside;
}

Parameters read_error_in_200(const config::Node& value, config::Complaints& complaints)
{
    ErrorIn200 fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "error_in_200");
    fault.shape = read_choice(map, "shape", error_shapes, fault.shape);
    fault.code = static_cast<int>(map.integer("code", fault.code, 400, 599));
    fault.message = map.text("message");
    fault.error_code = map.text("error_code");
    for (const std::string_view word : {"code", "message", "error_code"}) {
        if (map.take(word) && !names_the_error(fault.shape)) {
            complaints.add(map.at(word),
                           fmt::format("{} has no place in `shape: {}`", word, word_for(fault.shape, error_shapes)));
        }
    }
    map.finish();
    return fault;
}

std::string error_event(const Script& script, const wire::ProviderError& error)
{
    std::string out;
    script.api->stream_writer(script.answer, false)->write(out, wire::delta::Failed{error});
    return out;
}

/// The members of `error` beside the others; nothing if it is no object.
std::optional<std::string> flattened(std::string_view json)
{
    const auto nested = net::parse_json(json);
    if (!nested || !nested->is_object() || !nested->contains("error") || !(*nested)["error"].is_object()) {
        return std::nullopt;
    }
    nlohmann::ordered_json flat = *nested;
    flat.erase("error");
    for (const auto& [key, value] : (*nested)["error"].items()) {
        if (!flat.contains(key)) flat[key] = value;
    }
    return net::dump_json(flat);
}

/// The events up to the error, which is flat; what the vendor says behind it is not there.
std::optional<std::string> flat_event(const std::string& events)
{
    constexpr std::string_view field = "data: ";
    for (std::size_t at = events.find(field); at != std::string::npos; at = events.find(field, at)) {
        at += field.size();
        const std::size_t end = std::min(events.find_first_of("\r\n", at), events.size());
        if (const auto flat = flattened(std::string_view(events).substr(at, end - at))) {
            return events.substr(0, at) + *flat + "\n\n";
        }
    }
    return std::nullopt;
}

/// Nothing where the API's errors are no objects.
std::optional<std::string> flat_error(const Script& script, const wire::ProviderError& error)
{
    return script.stream ? flat_event(error_event(script, error)) : flattened(script.api->write_error(error));
}

/// The content stands at one of these, whichever API it is.
std::string without_choices(const Script& script)
{
    nlohmann::ordered_json body = *net::parse_json(script.api->write_answer(script.answer));
    for (const char* key : {"choices", "output", "candidates", "content", "message", "response"}) {
        if (!body.contains(key)) continue;
        body[key] = nullptr;
        break;
    }
    return net::dump_json(body);
}

std::string error_beside(const Script& script, const wire::ProviderError& error)
{
    wire::ChatAnswer silent = script.answer;
    silent.text.clear();
    silent.tool_calls.clear();
    nlohmann::ordered_json body = *net::parse_json(script.api->write_answer(silent));
    body["error"] = (*net::parse_json(script.api->write_error(error)))["error"];
    return net::dump_json(body);
}

std::string body_of(ErrorShape shape, const Script& script, const wire::ProviderError& error)
{
    switch (shape) {
        case ErrorShape::error:
            return script.stream ? error_event(script, error) : script.api->write_error(error);
        case ErrorShape::flat:
            return flat_error(script, error).value_or("");
        case ErrorShape::null_choices:
            return without_choices(script);
        case ErrorShape::beside:
            return error_beside(script, error);
        case ErrorShape::blank:
            return "\n\n\n";
        case ErrorShape::empty:
        case ErrorShape::html:
            break;
    }
    return "";
}

}  // namespace

bool ErrorIn200::applies_to(const Script& script) const
{
    const bool changes_an_answer = shape == ErrorShape::null_choices || shape == ErrorShape::beside;
    const bool cannot_say_so = shape == ErrorShape::error && script.stream && !can_say_errors(script);
    if (shape == ErrorShape::flat) return flat_error(script, script.usual_error(code)).has_value();
    return !cannot_say_so && (!changes_an_answer || (!script.instead && !script.stream));
}

void ErrorIn200::inject(Script& script, net::Instant) const
{
    if (shape == ErrorShape::html) {
        script.instead = error_page(ErrorBody::html, script.usual_error(502), *script.api);
        script.instead->head.status = 200;
        return;
    }
    net::http::Response response;
    const std::string_view type = script.stream ? script.api->stream_content_type() : "application/json";
    response.head.headers.add("content-type", type);
    wire::ProviderError error = script.usual_error(code);
    error.message = message.value_or(error.message);
    error.code = error_code.value_or(error.code);
    response.body = body_of(shape, script, error);
    script.instead = std::move(response);
}

std::optional<std::string> ErrorIn200::proof(const Sent& sent) const
{
    if (!sent.sent(200)) return std::nullopt;
    return fmt::format("HTTP 200, shape: {} ({} bytes of body)", word_for(shape, error_shapes), sent.body_bytes);
}

Entry error_in_200_entry()
{
    Entry entry;
    entry.name = "error_in_200";
    entry.layer = Layer::request;
    entry.summary = "The status says 200 and the body says, or is, a failure.";
    entry.evidence = "Delivered: the whole response with status 200 and this body went out to a recognised attempt.";
    entry.remedy =
        "Believe the body: nothing in it is an answer, and nothing was passed on yet, so go on with another provider.";
    entry.parameters = {
        {"shape",
         "error (the vendor's error; in a stream as its first and only event), flat (the same without an `error` "
         "around its "
         "members), empty (no body), blank (white space) or "
         "html (a CDN's page); for whole answers also null_choices (null where the content should be) or beside (an "
         "answer without content, and the error beside it); default error",
         "error"},
        {"code", "with error, flat and beside: the status the error should have had, 400 to 599; default 429", "429"},
        {"message", "with the same: replaces the usual message of that status", "the model is resting"},
        {"error_code", "with the same: replaces error.code", "context_length_exceeded"}};
    entry.forms = {"{shape: flat}", "{shape: empty}", "{shape: null_choices}", "{shape: beside}"};
    entry.read = &read_error_in_200;
    return entry;
}

}  // namespace chaos::mock_providers::faults
