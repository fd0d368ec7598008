// Fields in the order of the vendor's own servers; what a request could ask for otherwise has its default.
#include "wire/openai_responses_items.hpp"

#include <fmt/format.h>

#include "net/json.hpp"

namespace chaos::wire::openai_responses::items {

namespace {

std::string_view id_prefix(Kind kind)
{
    switch (kind) {
        case Kind::reasoning:
            return "rs_";
        case Kind::message:
            return "msg_";
        case Kind::call:
            return "fc_";
    }
    return "";
}

std::string_view type_of(Kind kind)
{
    switch (kind) {
        case Kind::reasoning:
            return "reasoning";
        case Kind::message:
            return "message";
        case Kind::call:
            return "function_call";
    }
    return "";
}

void write_parts(std::string& out, const std::vector<ContentPart>& parts)
{
    out += R"(,"content":[)";
    for (const ContentPart& part : parts) {
        if (&part != &parts.front()) out += ',';
        write_part(out, part);
    }
    out += ']';
}

void write_error(std::string& out, const ProviderError& error)
{
    const std::string_view kind = error.code.empty() ? error.type : error.code;
    out += R"({"code":)";
    net::append_json_string(out, kind.empty() ? "server_error" : kind);
    append_member(out, "message", error.message);
    out += '}';
}

void write_usage(std::string& out, const Usage& usage)
{
    fmt::format_to(std::back_inserter(out), R"({{"input_tokens":{},"input_tokens_details":{{"cached_tokens":0}},)",
                   usage.prompt_tokens);
    fmt::format_to(std::back_inserter(out), R"("output_tokens":{},"output_tokens_details":{{"reasoning_tokens":0}},)",
                   usage.completion_tokens);
    fmt::format_to(std::back_inserter(out), R"("total_tokens":{}}})", usage.prompt_tokens + usage.completion_tokens);
}

void write_ending(std::string& out, const Response& response)
{
    append_member(out, "status", response.ending.status);
    out += R"(,"background":false,"error":)";
    response.error != nullptr ? write_error(out, *response.error) : void(out += "null");
    out += R"(,"incomplete_details":)";
    if (response.ending.incomplete_reason.empty()) {
        out += "null";
        return;
    }
    out += R"({"reason":)";
    net::append_json_string(out, response.ending.incomplete_reason);
    out += '}';
}

void write_output(std::string& out, const std::vector<Item>& items)
{
    out += R"(,"output":[)";
    for (const Item& item : items) {
        if (&item != &items.front()) out += ',';
        write_item(out, item);
    }
    out += ']';
}

}  // namespace

std::string item_id(Kind kind, std::string_view answer_id, std::size_t place)
{
    constexpr std::string_view answer_prefix = "resp_";
    if (answer_id.starts_with(answer_prefix)) answer_id.remove_prefix(answer_prefix.size());
    return fmt::format("{}{}_{}", id_prefix(kind), answer_id, place);
}

Ending ending_of(FinishReason reason, std::string_view as_spelt)
{
    switch (reason) {
        case FinishReason::none:
            return {"in_progress", ""};
        case FinishReason::stop:
        case FinishReason::tool_calls:
            return {"completed", ""};
        case FinishReason::length:
            return {"incomplete", "max_output_tokens"};
        case FinishReason::content_filter:
            return {"incomplete", "content_filter"};
        case FinishReason::other:
            break;
    }
    return {"incomplete", as_spelt.empty() ? "other" : as_spelt};
}

void append_member(std::string& out, std::string_view name, std::string_view text)
{
    out.append(",\"").append(name).append("\":");
    net::append_json_string(out, text);
}

void write_part(std::string& out, const ContentPart& part)
{
    switch (part.kind) {
        case PartKind::text:
            out += R"({"type":"output_text","annotations":[],"logprobs":[])";
            append_member(out, "text", part.text);
            break;
        case PartKind::refusal:
            out += R"({"type":"refusal")";
            append_member(out, "refusal", part.text);
            break;
        case PartKind::reasoning:
            out += R"({"type":"reasoning_text")";
            append_member(out, "text", part.text);
            break;
    }
    out += '}';
}

void write_item(std::string& out, const Item& item)
{
    out += R"({"id":)";
    net::append_json_string(out, item.id);
    append_member(out, "type", type_of(item.kind));
    append_member(out, "status", item.status);
    switch (item.kind) {
        case Kind::reasoning:
            out += R"(,"summary":[])";
            write_parts(out, item.parts);
            break;
        case Kind::message:
            write_parts(out, item.parts);
            out += R"(,"role":"assistant")";
            break;
        case Kind::call:
            append_member(out, "arguments", item.call.arguments);
            append_member(out, "call_id", item.call.id);
            append_member(out, "name", item.call.name);
            break;
    }
    out += '}';
}

void write_response(std::string& out, const Response& response)
{
    out += R"({"id":)";
    net::append_json_string(out, response.identity.id);
    fmt::format_to(std::back_inserter(out), R"(,"object":"response","created_at":{})", response.identity.created);
    write_ending(out, response);
    out += R"(,"instructions":null,"max_output_tokens":null)";
    append_member(out, "model", response.identity.model);
    write_output(out, response.output);
    out += R"(,"parallel_tool_calls":true,"previous_response_id":null,"reasoning":{"effort":null,"summary":null},)";
    out += R"("service_tier":"default","store":false,"temperature":1.0,"text":{"format":{"type":"text"}},)";
    out += R"("tool_choice":"auto","tools":[],"top_p":1.0,"truncation":"disabled","usage":)";
    response.usage ? write_usage(out, *response.usage) : void(out += "null");
    out += R"(,"user":null,"metadata":{}})";
}

}  // namespace chaos::wire::openai_responses::items
