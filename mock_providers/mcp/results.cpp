// Written by hand, as they are small; texts are escaped, schemas are JSON already.
#include "mock_providers/mcp/results.hpp"

#include <fmt/format.h>

#include "mock_providers/tool_declaration.hpp"
#include "net/json.hpp"

namespace chaos::mock_providers::mcp {

namespace {

void append_member(std::string& out, std::string_view name, std::string_view text)
{
    out.append(",\"").append(name).append("\":");
    net::append_json_string(out, text);
}

std::string tool_entry(const ToolSpec& tool, std::string_view version)
{
    const wire::ToolSpec declared = declaration(tool);
    std::string entry = R"({"name":)";
    net::append_json_string(entry, declared.name);
    append_member(entry, "description", declared.description);
    entry.append(R"(,"inputSchema":)").append(declared.parameters);
    if (!tool.output.empty() && has_structured_content(version)) {
        entry.append(R"(,"outputSchema":)").append(tool.output);
    }
    entry += fmt::format(R"(,"annotations":{{"readOnlyHint":{},"destructiveHint":{},"idempotentHint":{}}}}})",
                         tool.kind == ToolKind::read_only, tool.kind == ToolKind::irreversible,
                         tool.kind == ToolKind::idempotent);
    return entry;
}

std::string text_block(std::string_view text)
{
    std::string block = R"({"type":"text","text":)";
    net::append_json_string(block, text);
    return block + '}';
}

/// Receipts are plain words: they stand in a JSON text as they are.
bool is_told_by(const ToolReply& reply)
{
    return reply.structured.find(reply.text) != std::string::npos;
}

}  // namespace

bool is_supported(std::string_view version)
{
    return version == newest_version || version == oldest_version;
}

std::string_view agreed_version(std::string_view asked)
{
    return is_supported(asked) ? asked : newest_version;
}

bool has_structured_content(std::string_view version)
{
    return version == newest_version;
}

std::string initialize_result(std::string_view version)
{
    return fmt::format(R"({{"protocolVersion":"{}","capabilities":{{"tools":{{"listChanged":false}}}},)"
                       R"("serverInfo":{{"name":"chaos-tools","version":"1.0.0"}}}})",
                       version);
}

std::string list_result(const std::vector<ToolSpec>& tools, std::string_view version)
{
    std::string result = R"({"tools":[)";
    for (const ToolSpec& tool : tools) {
        result.append(result.back() == '[' ? "" : ",").append(tool_entry(tool, version));
    }
    return result + "]}";
}

std::string call_result(const ToolReply& reply, std::string_view version)
{
    if (reply.text_is_an_object) {
        return R"({"content":)" + text_block(reply.text) + R"(,"isError":false})";
    }
    const bool structured = !reply.structured.empty() && has_structured_content(version);
    std::string result = R"({"content":[)";
    result += structured ? text_block(reply.structured) : "";
    if (!structured || !is_told_by(reply)) {
        result.append(structured ? "," : "").append(text_block(reply.text));
    }
    result += ']';
    if (structured) {
        result.append(R"(,"structuredContent":)").append(reply.structured);
    }
    return result + R"(,"isError":false})";
}

std::string error_result(std::string_view text)
{
    return R"({"content":[)" + text_block(text) + R"(],"isError":true})";
}

}  // namespace chaos::mock_providers::mcp
