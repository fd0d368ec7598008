#include "harness/tool_caller.hpp"

#include <boost/asio/error.hpp>
#include <fmt/format.h>

#include "mock_providers/brief.hpp"
#include "wire/json_document.hpp"

namespace chaos::harness {
namespace {

using history::Outcome;

constexpr int tries = 3;
constexpr net::Duration reply_within = std::chrono::seconds(5);
constexpr net::Duration pause_between = std::chrono::milliseconds(100);

// A history tells what a result said; it need not hold all of a huge one.
constexpr std::size_t longest_told = 4096;

// The member of a JSON object, if it is there and text.
std::optional<std::string> text_member(std::string_view json, std::string_view name)
{
    const wire::json::Document document(json, {});
    const auto text = wire::json::text(wire::json::member(document.root(), name));
    return text ? std::optional<std::string>(*text) : std::nullopt;
}

std::string shortened(const std::string& text)
{
    if (text.size() <= longest_told) return text;
    return fmt::format("{}... ({} bytes)", text.substr(0, longest_told), text.size());
}

history::Event tool_event(history::Kind kind, const wire::ToolCall& call, const ToolCaller::Where& where)
{
    history::Event event;
    event.actor = history::Actor::agent;
    event.kind = kind;
    event.task = where.task;
    event.step = where.step;
    event.request = where.request;
    event.tool = call.name;
    event.effect = where.effect;
    event.key = where.key;
    return event;
}

}  // namespace

net::Task<ToolCaller::Reply> ToolCaller::call_once(const wire::ToolCall& call, const Where& where)
{
    history::Event sent = tool_event(history::Kind::tool_sent, call, where);
    sent.text = call.arguments;
    recorder_.record(std::move(sent));

    net::http::Request request;
    request.head.method = "POST";
    request.head.target = "/tools/" + call.name;
    request.head.headers.add("content-type", "application/json");
    request.head.headers.add("idempotency-key", where.key);
    request.body = call.arguments;
    const net::Instant deadline = runtime_.clock().now() + reply_within;
    const net::Result<net::http::Response> response = co_await client_.fetch(server_, std::move(request), deadline);

    Reply reply;
    if (!response) {
        // Only a refused connect is certain not to have happened.
        const bool refused = response.error() == boost::asio::error::connection_refused;
        reply.outcome = refused ? Outcome::failed : Outcome::unknown;
        reply.text = response.error().message();
    } else if (response->head.status == 200) {
        // A result that cannot be read is as good as lost: it may have happened.
        const auto result = text_member(response->body, "result");
        reply.outcome = result ? Outcome::ok : Outcome::unknown;
        reply.text = result.value_or("the result is not what the tool declares");
    } else {
        reply.outcome = Outcome::failed;
        reply.text = fmt::format("the tool answered with status {}", response->head.status);
    }
    history::Event ended = tool_event(history::Kind::tool_ended, call, where);
    ended.outcome = reply.outcome;
    ended.status = response ? response->head.status : 0;
    ended.text = shortened(reply.text);
    recorder_.record(std::move(ended));
    co_return reply;
}

net::Task<ToolCaller::Reply> ToolCaller::call(const wire::ToolCall& call, const Where& where)
{
    Reply reply;
    for (int nth = 1; nth <= tries; ++nth) {
        if (nth > 1) co_await net::sleep_for(runtime_.clock(), pause_between);
        reply = co_await call_once(call, where);
        if (reply.outcome != Outcome::unknown) break;
    }
    if (reply.outcome == Outcome::failed) reply.text = "error: " + reply.text;
    if (reply.outcome == Outcome::unknown) {
        reply.text = mock_providers::lost_reply_text;
    }
    co_return reply;
}

std::string effect_of(const wire::ToolCall& call, const mock_providers::ToolSpec* tool)
{
    return text_member(call.arguments, tool == nullptr ? "reference" : tool->token_in).value_or("");
}

}  // namespace chaos::harness
