// One request is one call; every answer is an object with one or two members.
#include "mock_providers/http_door.hpp"

#include <fmt/format.h>

#include "net/json.hpp"

namespace chaos::mock_providers {

namespace {

constexpr std::string_view tools_path = "/tools/";

net::http::Response json_response(int status, std::string body)
{
    net::http::Response response;
    response.head.status = status;
    response.head.headers.add("content-type", "application/json");
    response.body = std::move(body);
    return response;
}

net::http::Response error(int status, std::string_view text)
{
    std::string body = R"({"error":)";
    net::append_json_string(body, text);
    return json_response(status, body + '}');
}

class HttpForm final : public ReplyForm {
public:
    ToolDoor door() const override { return ToolDoor::http; }
    bool has_structure() const override { return true; }

    net::http::Response result(const ToolReply& reply) const override
    {
        std::string body = reply.text_is_an_object ? R"({"result":{"text":)" : R"({"result":)";
        net::append_json_string(body, reply.text);
        body += reply.text_is_an_object ? "}" : "";
        if (!reply.structured.empty()) {
            body.append(R"(,"structured":)").append(reply.structured);
        }
        return json_response(200, body + '}');
    }

    net::http::Response failure(const ToolFailure& failure) const override
    {
        return error(failure.status, failure.message);
    }
};

}  // namespace

Asked read_http_call(const net::http::Request& request, const std::vector<ToolSpec>& tools)
{
    const std::string_view path = net::http::path_of(request.head.target);
    ToolCall call;
    call.tool = path.starts_with(tools_path) ? find_tool(tools, path.substr(tools_path.size())) : nullptr;
    if (call.tool == nullptr) {
        return error(404, fmt::format("there is no tool at {}", path));
    }
    if (request.head.method != "POST") {
        net::http::Response refusal = error(405, "tools are called by POST");
        refusal.head.headers.add("allow", "POST");
        return refusal;
    }
    const std::string why = take_arguments(call, request.body);
    if (!why.empty()) {
        return error(400, why);
    }
    call.key = request.head.headers.find("idempotency-key").value_or("");
    if (call.key.size() > longest_key) {
        return error(400, fmt::format("the Idempotency-Key is longer than {} bytes", longest_key));
    }
    call.form = std::make_shared<HttpForm>();
    return call;
}

}  // namespace chaos::mock_providers
