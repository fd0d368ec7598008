// A result is broken on purpose, and then the schema is asked whether it really is.
#include "mock_providers/broken_result.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "mock_providers/json_schema.hpp"
#include "mock_providers/words.hpp"
#include "net/json.hpp"

namespace chaos::mock_providers {

namespace {

using Json = nlohmann::ordered_json;

/// The first member that can be given a value of the wrong type gets it; if every member may be anything, the whole is
/// no object any more.
std::string break_output(ToolReply& reply, const std::string& output)
{
    auto healthy = net::parse_json(reply.structured);
    for (const auto& [name, value] : healthy->items()) {
        for (const Json& wrong : {Json(404), Json("not this"), Json::array()}) {
            Json broken = *healthy;
            broken[name] = wrong;
            std::string text = net::dump_json(broken);
            std::string why = schema_violation(output, text);
            if (!why.empty()) {
                reply.structured = std::move(text);
                return why;
            }
        }
    }
    reply.structured = "[]";
    return schema_violation(output, reply.structured);
}

}  // namespace

std::string break_result(ToolReply& reply, BrokenResult how, const std::string& output)
{
    switch (how) {
        case BrokenResult::output:
            return break_output(reply, output);
        case BrokenResult::missing:
            reply.structured.clear();
            return "the declared structured result is missing";
        case BrokenResult::content:
            reply.text_is_an_object = true;
            return "an object where its text belongs";
    }
    return "";
}

void pad_text(ToolReply& reply, std::uint64_t bytes)
{
    const auto wanted = static_cast<std::size_t>(bytes);
    if (reply.text.size() >= wanted) {
        return;
    }
    reply.text.reserve(wanted);
    for (std::uint64_t n = 0; reply.text.size() < wanted; ++n) {
        reply.text.append(" ").append(filler_word(n));
    }
    reply.text.resize(wanted);
}

}  // namespace chaos::mock_providers
