// The MCP door, byte for byte: introduction, calls, refusals, and the tools' faults in its words.
#include <algorithm>

#include "mock_providers/mcp/headers.hpp"
#include "mock_providers/mcp/sessions.hpp"
#include "net/json.hpp"
#include "tests/mock_providers/stage.hpp"

namespace chaos::mock_providers {
namespace {

using namespace testing;

/// Sessions are named by the seed: this is the first, and the second, of every server on this stage.
std::string nth_session(int nth)
{
    mcp::Sessions sessions(net::Chance(1));
    std::string id;
    for (int n = 0; n < nth; ++n) {
        id = sessions.open("");
    }
    return id;
}
const std::string session = nth_session(1);

/// One tool with effects and one that gives a structured result.
std::vector<ToolSpec> tools_with_output()
{
    std::vector<ToolSpec> tools = some_tools();
    tools[1].output = R"({"type":"object","properties":{"receipt":{"type":"string"},"size":{"type":"integer"}},)"
                      R"("required":["receipt","size"]})";
    return tools;
}

Told tell_mcp(net::Runtime& world, const std::vector<std::string>& faults, std::vector<Ask> asks,
              const ToolServerSpec& spec = {})
{
    Notebook notebook;
    ToolServer server(world, tools_with_output(), read_faults(faults), net::Chance(1), some_task().run, notebook, spec);
    Told told;
    world.run(ask_all(world, server, std::move(asks), notebook, told.heard));
    told.notes = notebook.lines;
    return told;
}

Ask mcp_post(const std::string& body, const std::string& headers)
{
    Ask ask;
    ask.path = "/mcp";
    ask.body = body;
    ask.extra_headers = "accept: application/json, text/event-stream\r\n" + headers;
    return ask;
}

Ask in_session(const std::string& body, const std::string& id = session)
{
    return mcp_post(body, "Mcp-Session-Id: " + id + "\r\nMCP-Protocol-Version: 2025-06-18\r\n");
}

Ask introduction(const std::string& version = "2025-06-18")
{
    return mcp_post(R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":")" + version +
                        R"(","capabilities":{},"clientInfo":{"name":"c","version":"1"}}})",
                    "");
}

const std::string first_mcp_effect = effect_token(some_task().task, 1, 1);
const std::string mcp_receipt = tool_result_text(some_task().task, 1);

Ask mcp_call(const std::string& key = "", const std::string& tool = "write_file", const std::string& id = session)
{
    const std::string meta = key.empty() ? "" : R"(,"_meta":{"idempotency-key":")" + key + R"("})";
    return in_session(R"({"jsonrpc":"2.0","id":"c1","method":"tools/call","params":{"name":")" + tool +
                          R"(","arguments":{"reference":")" + first_mcp_effect + R"(","content":"Please."})" + meta +
                          "}}",
                      id);
}

std::string mcp_result(const std::string& inside)
{
    return R"({"jsonrpc":"2.0","id":"c1","result":)" + inside + "}";
}

std::string error(int code, const std::string& message, const std::string& id)
{
    return fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{{"code":{},"message":"{}"}}}})", id, code, message);
}

const std::string good_result =
    mcp_result(R"({"content":[{"type":"text","text":")" + mcp_receipt + R"("}],"isError":false})");

template <class World>
class Mcp : public ::testing::Test {
protected:
    World world_;
};
TYPED_TEST_SUITE(Mcp, BothWorlds, WorldNames);

TYPED_TEST(Mcp, has_a_whole_session)
{
    Ask goodbye = in_session("");
    goodbye.method = "DELETE";
    const Told told =
        tell_mcp(this->world_.runtime, {},
                 {introduction(), in_session(R"({"jsonrpc":"2.0","method":"notifications/initialized"})"),
                  in_session(R"({"jsonrpc":"2.0","id":1,"method":"ping"})"), mcp_call("k"), goodbye, mcp_call("k")});
    EXPECT_EQ(told.heard.at(0).status, 200);
    EXPECT_EQ(told.heard.at(0).headers.find("mcp-session-id"), session);
    EXPECT_EQ(told.heard.at(0).headers.find("content-type"), "application/json");
    EXPECT_EQ(told.heard.at(0).body,
              R"({"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-06-18","capabilities":{"tools":)"
              R"({"listChanged":false}},"serverInfo":{"name":"chaos-tools","version":"1.0.0"}}})");
    EXPECT_EQ(told.heard.at(1).status, 202);
    EXPECT_EQ(told.heard.at(1).body, "");
    EXPECT_EQ(told.heard.at(2).body, R"({"jsonrpc":"2.0","id":1,"result":{}})");
    EXPECT_EQ(told.heard.at(3).body, good_result);
    EXPECT_EQ(told.heard.at(4).status, 204);
    EXPECT_EQ(told.heard.at(5).status, 404);
    EXPECT_EQ(told.heard.at(5).body, error(-32001, "Session not found: initialize a new one", "null"));
    const std::vector<std::string> expected = {"write_file asked for " + first_mcp_effect + " key 'k'",
                                               "write_file did " + first_mcp_effect,
                                               "write_file answered " + first_mcp_effect + ": 200 complete"};
    EXPECT_EQ(told.notes, expected);
}

TYPED_TEST(Mcp, answers_in_events_if_set_to)
{
    ToolServerSpec spec;
    spec.sse = true;
    const Told told = tell_mcp(this->world_.runtime, {}, {introduction(), mcp_call()}, spec);
    EXPECT_EQ(told.heard.at(0).headers.find("content-type"), "text/event-stream");
    EXPECT_EQ(told.heard.at(0).headers.find("mcp-session-id"), session);
    EXPECT_EQ(told.heard.at(1).headers.find("transfer-encoding"), "chunked");
    EXPECT_EQ(told.heard.at(1).body, "event: message\ndata: " + good_result + "\n\n");
    EXPECT_TRUE(told.heard.at(1).whole);
}

TYPED_TEST(Mcp, tool_error_in_each_of_its_forms)
{
    struct Row {
        const char* parameters;
        int status;
        std::string body;
        std::string proof;
    };
    const std::string failed = "The tool failed before it did anything.";
    const Row rows[] = {
        {"{}", 200, mcp_result(R"({"content":[{"type":"text","text":")" + failed + R"("}],"isError":true})"),
         "a result that says isError, without an effect"},
        {"{as: protocol}", 200, error(-32603, failed, "\"c1\""), "JSON-RPC error -32603, without an effect"},
        {"{code: -32001}", 200, error(-32001, failed, "\"c1\""), "JSON-RPC error -32001, without an effect"},
        {"{as: http, status: 503}", 503, error(-32603, failed, "null"), "HTTP 503, without an effect"},
    };
    for (const Row& row : rows) {
        const Told told =
            tell_mcp(this->world_.runtime,
                     {fmt::format("{{target: tools, times: 1, inject: {{tool_error: {}}}}}", row.parameters)},
                     {introduction(), mcp_call("k"), mcp_call("k")});
        EXPECT_EQ(told.heard.at(1).status, row.status) << row.parameters;
        EXPECT_EQ(told.heard.at(1).body, row.body) << row.parameters;
        EXPECT_EQ(told.rest_of("tool_error falls on " + first_mcp_effect + ": "), row.proof);
        EXPECT_EQ(told.heard.at(2).body, good_result);
        EXPECT_EQ(std::count(told.notes.begin(), told.notes.end(), "write_file did " + first_mcp_effect), 1);
    }
}

TYPED_TEST(Mcp, tool_session_lost)
{
    const Told told = tell_mcp(
        this->world_.runtime, {"{target: write_file, times: 1, inject: tool_session_lost}"},
        {introduction(), mcp_call("k"), mcp_call("k"), introduction(), mcp_call("k", "write_file", nth_session(2))});
    EXPECT_EQ(told.heard.at(1).status, 404);
    EXPECT_EQ(told.heard.at(1).body, error(-32001, "Session not found: initialize a new one", "null"));
    EXPECT_EQ(told.heard.at(2).status, 404);
    EXPECT_EQ(told.heard.at(3).headers.find("mcp-session-id"), nth_session(2));
    EXPECT_EQ(told.heard.at(4).body, good_result);
    EXPECT_EQ(told.rest_of("tool_session_lost falls on " + first_mcp_effect + ": "),
              "HTTP 404 for the session's id, without an effect");
    EXPECT_EQ(std::count(told.notes.begin(), told.notes.end(), "write_file did " + first_mcp_effect), 1);
}

TYPED_TEST(Mcp, tool_drop_reply)
{
    const Told told = tell_mcp(this->world_.runtime, {"{target: tools, times: 1, inject: tool_drop_reply}"},
                               {introduction(), mcp_call("k"), mcp_call("k")});
    EXPECT_EQ(told.heard.at(1).bytes, "");
    EXPECT_EQ(told.heard.at(1).ending, "RST");
    EXPECT_EQ(told.heard.at(2).body, good_result);
    EXPECT_TRUE(told.noted("write_file replayed " + first_mcp_effect));
}

TYPED_TEST(Mcp, tool_huge_result)
{
    const Told told = tell_mcp(this->world_.runtime, {"{target: tools, inject: {tool_huge_result: {size: 5 MiB}}}"},
                               {introduction(), briefly(mcp_call(), seconds(60))});
    EXPECT_TRUE(told.heard.at(1).whole);
    EXPECT_GT(told.heard.at(1).body.size(), 5U * 1024 * 1024);
    EXPECT_EQ(net::json_problem(told.heard.at(1).body), "");
    EXPECT_NE(told.heard.at(1).body.find(mcp_receipt + " "), std::string::npos);
    EXPECT_EQ(told.rest_of("tool_huge_result falls on " + first_mcp_effect + ": "),
              "it happened, and a result with 5242880 bytes of text went out");
}

// What a call of the tool with an output schema is answered with.
const std::string structured = R"({"receipt":")" + mcp_receipt + R"(","size":1})";
std::string escaped(const std::string& json)
{
    std::string text;
    net::append_json_string(text, json);
    return text;
}

TEST(McpDoor, gives_a_structured_result_as_declared)
{
    net::Simulation world;
    const Told told = tell_mcp(world, {}, {introduction(), mcp_call("", "send_email")});
    EXPECT_EQ(told.heard.at(1).body, mcp_result(R"({"content":[{"type":"text","text":)" + escaped(structured) +
                                                R"(}],"structuredContent":)" + structured + R"(,"isError":false})"));
}

TEST(McpDoor, keeps_structure_from_clients_of_the_older_revision)
{
    net::Simulation world;
    const Told told = tell_mcp(world, {},
                               {introduction("2025-03-26"), mcp_call("", "send_email"),
                                in_session(R"({"jsonrpc":"2.0","id":2,"method":"tools/list"})")});
    EXPECT_NE(told.heard.at(0).body.find(R"("protocolVersion":"2025-03-26")"), std::string::npos);
    EXPECT_EQ(told.heard.at(1).body, good_result);
    EXPECT_EQ(told.heard.at(2).body.find("outputSchema"), std::string::npos);
}

TEST(McpDoor, tool_schema_violation_in_each_of_its_forms)
{
    struct Row {
        const char* parameters;
        std::string body;
        std::string broken;
    };
    const std::string wrong = R"({"receipt":404,"size":1})";
    const Row rows[] = {
        {"{as: output}",
         mcp_result(R"({"content":[{"type":"text","text":)" + escaped(wrong) + R"(},{"type":"text","text":")" +
                    mcp_receipt + R"("}],"structuredContent":)" + wrong + R"(,"isError":false})"),
         "'receipt' must be text, but is a number"},
        {"{as: missing}", good_result, "the declared structured result is missing"},
        {"{as: content}", mcp_result(R"({"content":{"type":"text","text":")" + mcp_receipt + R"("},"isError":false})"),
         "an object where its text belongs"},
        {"",
         mcp_result(R"({"content":[{"type":"text","text":)" + escaped(wrong) + R"(},{"type":"text","text":")" +
                    mcp_receipt + R"("}],"structuredContent":)" + wrong + R"(,"isError":false})"),
         "'receipt' must be text, but is a number"},
    };
    for (const Row& row : rows) {
        net::Simulation world;
        const Told told =
            tell_mcp(world, {fmt::format("{{target: tools, inject: {{tool_schema_violation: {}}}}}", row.parameters)},
                     {introduction(), mcp_call("", "send_email")});
        EXPECT_EQ(told.heard.at(1).body, row.body) << row.parameters;
        EXPECT_EQ(told.rest_of("tool_schema_violation falls on " + first_mcp_effect + ": "),
                  "it happened, and of the result that went out: " + row.broken);
    }
}

TEST(McpDoor, finds_no_output_to_break_where_none_is_declared)
{
    net::Simulation world;
    const Told told = tell_mcp(world, {"{target: write_file, inject: {tool_schema_violation: {as: output}}}"},
                               {introduction(), mcp_call()});
    EXPECT_EQ(told.heard.at(1).body, good_result);
    EXPECT_EQ(std::count_if(told.notes.begin(), told.notes.end(),
                            [](const std::string& line) { return line.starts_with("tool_schema_violation"); }),
              0);
}

TEST(McpDoor, breaks_no_output_that_an_older_client_never_sees)
{
    net::Simulation world;
    const Told told = tell_mcp(world, {"{target: send_email, inject: {tool_schema_violation: {as: output}}}"},
                               {introduction("2025-03-26"), mcp_call("", "send_email")});
    EXPECT_EQ(told.heard.at(1).body, good_result);
    EXPECT_EQ(told.notes.size(), 3U);  // no opportunity
}

TEST(McpDoor, lists_tools_with_their_schemas_and_hints)
{
    net::Simulation world;
    const Told told =
        tell_mcp(world, {}, {introduction(), in_session(R"({"jsonrpc":"2.0","id":2,"method":"tools/list"})")});
    const std::string usual = declaration(some_tools()[0]).parameters;
    const std::string hints =
        R"(,"annotations":{"readOnlyHint":false,"destructiveHint":false,"idempotentHint":false}})";
    EXPECT_EQ(told.heard.at(1).body,
              R"({"jsonrpc":"2.0","id":2,"result":{"tools":[{"name":"write_file","description":"Carries out one step )"
              R"(with write_file.","inputSchema":)" +
                  usual + hints +
                  R"(,{"name":"send_email","description":"Carries out one step with send_email.","inputSchema":)" +
                  usual + R"(,"outputSchema":)" + tools_with_output()[1].output + hints + "]}}");
}

TEST(McpDoor, negotiates_the_revision)
{
    const std::pair<const char*, const char*> rows[] = {{"2025-06-18", "2025-06-18"},
                                                        {"2025-03-26", "2025-03-26"},
                                                        {"2025-11-25", "2025-06-18"},
                                                        {"1.0", "2025-06-18"}};
    for (const auto& [asked, agreed] : rows) {
        net::Simulation world;
        const Told told = tell_mcp(world, {}, {introduction(asked)});
        EXPECT_NE(told.heard.at(0).body.find(fmt::format(R"("protocolVersion":"{}")", agreed)), std::string::npos)
            << asked;
    }
}

TEST(McpDoor, takes_the_key_from_the_message_before_the_header)
{
    net::Simulation world;
    Ask by_header = mcp_call();
    by_header.extra_headers += "Idempotency-Key: h\r\n";
    Ask by_both = mcp_call("k");
    by_both.extra_headers += "Idempotency-Key: h\r\n";
    const Told told = tell_mcp(world, {}, {introduction(), by_header, by_both});
    EXPECT_TRUE(told.noted("write_file asked for " + first_mcp_effect + " key 'h'"));
    EXPECT_TRUE(told.noted("write_file asked for " + first_mcp_effect + " key 'k'"));
}

TEST(McpDoor, refuses_a_key_that_was_used_for_another_call)
{
    net::Simulation world;
    const Told told = tell_mcp(world, {}, {introduction(), mcp_call("k"), mcp_call("k", "send_email")});
    EXPECT_EQ(told.heard.at(2).body, error(-32602, "this Idempotency-Key was used for another call", "\"c1\""));
}

TEST(McpDoor, shares_its_ledger_with_the_other_door)
{
    net::Simulation world;
    Ask plain;
    plain.path = "/tools/write_file";
    plain.body = R"({"reference":")" + first_mcp_effect + R"(","content":"Please."})";
    plain.extra_headers = "Idempotency-Key: k\r\n";
    const Told told = tell_mcp(world, {}, {introduction(), plain, mcp_call("k")});
    EXPECT_EQ(told.heard.at(2).body, good_result);
    EXPECT_TRUE(told.noted("write_file replayed " + first_mcp_effect));
}

Ask with_method(Ask ask, const std::string& method)
{
    ask.method = method;
    return ask;
}

Ask with_headers(const std::string& headers)
{
    Ask ask = in_session(R"({"jsonrpc":"2.0","id":1,"method":"ping"})");
    ask.extra_headers = headers + "Mcp-Session-Id: " + session + "\r\n";
    return ask;
}

TEST(McpDoor, refuses_what_the_protocol_forbids)
{
    const std::string ping = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";
    const std::string both = "accept: application/json, text/event-stream\r\n";
    const std::string key(2000, 'k');
    struct Row {
        const char* what;
        Ask ask;
        int status;
        int code;
    };
    const Row rows[] = {
        {"no JSON", in_session("{"), 400, -32700},
        {"a batch", in_session("[" + ping + "]"), 400, -32600},
        {"no version of JSON-RPC", in_session(R"({"id":1,"method":"ping"})"), 400, -32600},
        {"an unknown method", in_session(R"({"jsonrpc":"2.0","id":1,"method":"prompts/list"})"), 200, -32601},
        {"a second introduction", in_session(introduction().body), 400, -32600},
        {"no session", mcp_post(ping, ""), 400, -32000},
        {"an unknown session", in_session(ping, "mcp-9"), 404, -32001},
        {"an unknown revision",
         mcp_post(ping, "Mcp-Session-Id: " + session + "\r\nMCP-Protocol-Version: 2024-11-05\r\n"), 400, -32000},
        {"an introduction without a revision",
         mcp_post(R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"capabilities":{},"clientInfo":{}}})", ""),
         200, -32602},
        {"an introduction without a name",
         mcp_post(R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"x","capabilities":{},)"
                  R"("clientInfo":{"name":"c"}}})",
                  ""),
         200, -32602},
        {"a page that is none", in_session(R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"2"}})"),
         200, -32602},
        {"a call without a name", in_session(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}})"), 200,
         -32602},
        {"a tool that is none", mcp_call("", "format_disk"), 200, -32602},
        {"arguments that are none",
         in_session(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"write_file","arguments":[]}})"),
         200, -32602},
        {"no reference",
         in_session(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"write_file","arguments":{}}})"),
         200, -32602},
        {"a key as long as a book", mcp_call(key), 200, -32602},
        {"GET", with_method(in_session(""), "GET"), 405, -32000},
        {"PUT", with_method(in_session(ping), "PUT"), 405, -32000},
        {"a session's end without a session", with_method(mcp_post("", ""), "DELETE"), 400, -32000},
        {"the end of an unknown session", with_method(in_session("", "mcp-9"), "DELETE"), 404, -32001},
        {"a page of another site", with_headers(both + "Origin: https://example.com\r\n"), 403, -32000},
        {"a client that takes no events", with_headers("accept: application/json\r\n"), 406, -32000},
        {"a client that takes no JSON", with_headers("accept: text/event-stream\r\n"), 406, -32000},
    };
    for (const Row& row : rows) {
        net::Simulation world;
        const Told told = tell_mcp(world, {}, {introduction(), row.ask});
        EXPECT_EQ(told.heard.at(1).status, row.status) << row.what;
        EXPECT_NE(told.heard.at(1).body.find(fmt::format(R"("code":{},)", row.code)), std::string::npos)
            << row.what << ": " << told.heard.at(1).body;
        EXPECT_EQ(net::json_problem(told.heard.at(1).body), "") << row.what;
        EXPECT_TRUE(told.notes.empty()) << row.what << ": " << told.notes.front();
    }
}

TEST(McpDoor, takes_what_the_protocol_allows)
{
    const std::pair<const char*, Ask> rows[] = {
        {"no revision in the headers", with_headers("accept: application/json, text/event-stream\r\n")},
        {"whatever comes", with_headers("accept: */*\r\n")},
        {"two lines of what it takes", with_headers("accept: text/event-stream\r\nAccept: application/json;q=0.5\r\n")},
        {"a page of this machine",
         with_headers("accept: application/json, text/event-stream\r\nOrigin: http://localhost:5173\r\n")},
    };
    for (const auto& [what, ask] : rows) {
        net::Simulation world;
        const Told told = tell_mcp(world, {}, {introduction(), ask});
        EXPECT_EQ(told.heard.at(1).body, R"({"jsonrpc":"2.0","id":1,"result":{}})") << what;
    }
    net::Simulation world;
    const Told told = tell_mcp(world, {}, {introduction(), in_session(R"({"jsonrpc":"2.0","id":5,"result":{}})")});
    EXPECT_EQ(told.heard.at(1).status, 202);
}

TEST(McpHeaders, know_pages_of_this_machine)
{
    const std::pair<const char*, bool> rows[] = {{"http://localhost", true},
                                                 {"http://localhost:3000", true},
                                                 {"http://127.0.0.1:8080", true},
                                                 {"http://[::1]:8080", true},
                                                 {"http://localhost.example.com", false},
                                                 {"http://127.0.0.1.example.com", false},
                                                 {"https://example.com", false},
                                                 {"http://[::1", false},
                                                 {"http://[", false},
                                                 {"http://", false},
                                                 {"null", false},
                                                 {"", false}};
    for (const auto& [origin, local] : rows) {
        EXPECT_EQ(mcp::is_local_origin(origin), local) << origin;
    }
}

TEST(McpSessions, make_room_for_new_ones)
{
    mcp::Sessions sessions(net::Chance(1), 2);
    const std::string first = sessions.open("a");
    const std::string second = sessions.open("b");
    EXPECT_NE(first, second);
    EXPECT_NE(sessions.find(first), nullptr);  // used later than the second
    const std::string third = sessions.open("c");
    EXPECT_EQ(sessions.size(), 2U);
    EXPECT_EQ(sessions.find(second), nullptr);
    EXPECT_EQ(sessions.find(first)->version, "a");
    EXPECT_EQ(sessions.find(third)->version, "c");
}

}  // namespace
}  // namespace chaos::mock_providers
