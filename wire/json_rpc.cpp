// Telling requests, notifications and responses apart by the members they have.
#include "wire/json_rpc.hpp"

#include <fmt/format.h>

#include "wire/json_document.hpp"

namespace chaos::wire::json_rpc {

namespace {

ReadMessage refused(int code, std::string message)
{
    return {std::nullopt, {code, std::move(message)}};
}

bool is_id(const json::Element& element)
{
    return element.is_string() || element.is_int64() || element.is_uint64() || element.is_double();
}

bool is_structured(const json::Element& element)
{
    return element.is_object() || element.is_array();
}

/// Whether the member is there at all, also as null, which members() takes for absent.
bool has(const simdjson::dom::object& object, std::string_view name)
{
    return object.at_key(name).error() == simdjson::SUCCESS;
}

ReadMessage read_call(Message message, const json::Field& method, const json::Field& params)
{
    const auto name = json::text(method);
    if (!name) {
        return refused(invalid_request, "`method` must be text");
    }
    if (params && !is_structured(*params)) {
        return refused(invalid_request, "`params` must be an object or a list");
    }
    message.method = *name;
    message.params = params ? json::dumped(*params) : "";
    return {std::move(message), {}};
}

}  // namespace

ReadMessage read_message(std::string_view text, const net::JsonLimits& limits)
{
    const json::Document document(text, limits);
    if (!document.problem().empty()) {
        return refused(parse_error, fmt::format("the body is no JSON: {}", document.problem()));
    }
    const auto object = json::object(document.root());
    if (!object) {
        const bool batch = json::array(document.root()).has_value();
        return refused(invalid_request,
                       batch ? "batches are not taken: send one message a request" : "a message is a JSON object");
    }
    const auto [version, id, method, params, result, error] =
        json::members(*object, {"jsonrpc", "id", "method", "params", "result", "error"});
    if (json::text(version) != "2.0") {
        return refused(invalid_request, "`jsonrpc` must be \"2.0\"");
    }
    if (has(*object, "id") && (!id || !is_id(*id))) {
        return refused(invalid_request, "`id` must be text or a number");
    }
    Message message;
    message.id = id ? json::dumped(*id) : "";
    message.kind = id ? Message::Kind::request : Message::Kind::notification;
    if (!method && id && (has(*object, "result") || error)) {
        message.kind = Message::Kind::response;
        return {std::move(message), {}};
    }
    return read_call(std::move(message), method, params);
}

std::string write_result(std::string_view id, std::string_view result)
{
    std::string message;
    message.reserve(id.size() + result.size() + 40);
    message.append(R"({"jsonrpc":"2.0","id":)").append(id).append(R"(,"result":)").append(result).append("}");
    return message;
}

std::string write_error(std::string_view id, const Error& error)
{
    std::string message = fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{{"code":{},"message":)",
                                      id.empty() ? "null" : id, error.code);
    net::append_json_string(message, error.message);
    return message + "}}";
}

}  // namespace chaos::wire::json_rpc
