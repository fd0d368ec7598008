#include "harness/caller.hpp"

#include <fmt/format.h>
#include <boost/asio/error.hpp>

namespace chaos::harness {
namespace {

namespace http = net::http;
using history::Ending;
using history::Outcome;

constexpr std::size_t largest_answer = 8 * 1024 * 1024;

http::Request to_http(const wire::ChatRequest& request, const router::Api& api)
{
    http::Request out;
    out.head.method = "POST";
    out.head.target = api.target("", request.model, request.stream);
    out.head.headers.add("content-type", "application/json");
    out.head.headers.add("accept", request.stream ? "text/event-stream" : "application/json");
    api.add_headers(out.head.headers, "caller-key");
    out.body = api.write_request(request);
    return out;
}

void set_error(CallerAnswer& result, const wire::ProviderError& error)
{
    result.outcome = Outcome::failed;
    result.error = error.message.empty() ? fmt::format("status {}", result.status) : error.message;
    result.error_type = !error.code.empty() ? error.code : !error.type.empty() ? error.type : "error";
}

void set_broken(CallerAnswer& result, const net::Error& error)
{
    result.outcome = Outcome::failed;
    result.ending = error == boost::asio::error::connection_reset ? Ending::cut_reset : Ending::cut_fin;
    result.error = fmt::format("the connection broke in the middle of the response ({})", error.message());
}

bool is_output(const wire::Delta& delta)
{
    if (const auto* text = std::get_if<wire::delta::Text>(&delta)) return !text->text.empty();
    return std::holds_alternative<wire::delta::Call>(delta);
}

// A stream is accepted only with a finish reason: a clean end without one is a truncation that says nothing.
void judge_stream(CallerAnswer& result, const wire::AnswerAssembler& assembler)
{
    result.answer = assembler.answer();
    if (assembler.error()) {
        set_error(result, *assembler.error());
    } else if (assembler.malformed()) {
        result.error = "an event of the stream cannot be read: " + *assembler.malformed();
    } else if (!assembler.finished()) {
        result.error = "the stream ended cleanly without a finish reason";
    } else {
        result.outcome = Outcome::ok;
    }
}

bool is_event_stream(const http::ResponseHead& head)
{
    const auto type = head.headers.find("content-type");
    return type && type->substr(0, 17) == "text/event-stream";
}

}  // namespace

Caller::Caller(net::Runtime& runtime, net::http::Client& client, net::Endpoint subject, std::string_view dialect)
    : runtime_(runtime),
      client_(client),
      subject_(std::move(subject)),
      api_(router::api_of(router::protocol_of(dialect).value_or(router::Protocol::openai_chat)))
{
}

net::Task<void> Caller::read_stream(http::ClientExchange& exchange, CallerAnswer& result,
                                    const std::function<void()>& first_output)
{
    const std::unique_ptr<router::StreamReader> reader = api_.stream_reader(1);
    wire::AnswerAssembler assembler;
    std::vector<router::StreamUnit> units;
    bool any_output = false;
    while (true) {
        net::Result<std::string> piece = co_await exchange.read_body();
        if (!piece) {
            judge_stream(result, assembler);
            // A proper error event before the break is the subject's word; the break alone is not.
            if (!assembler.error()) set_broken(result, piece.error());
            co_return;
        }
        if (piece->empty()) break;
        units.clear();
        if (!reader->feed(*piece, units)) {
            result.error = "an event of the stream is too large";
            co_return;
        }
        for (const router::StreamUnit& unit : units) {
            for (const wire::Delta& delta : unit.deltas) {
                assembler.add(delta);
                if (!any_output && is_output(delta)) {
                    any_output = true;
                    first_output();
                }
            }
        }
    }
    result.ending = Ending::complete;
    judge_stream(result, assembler);
}

net::Task<void> Caller::read_whole(http::ClientExchange& exchange, CallerAnswer& result,
                                   const std::function<void()>& first_output)
{
    net::Result<std::string> body = co_await exchange.read_all(largest_answer);
    if (!body) {
        set_broken(result, body.error());
        co_return;
    }
    result.ending = Ending::complete;
    if (result.status != 200) {
        set_error(result, api_.read_error(result.status, *body).error);
        co_return;
    }
    router::WholeAnswer read = api_.read_answer(*body, 1);
    if (!read.problem.empty()) {
        result.error = "the answer cannot be read: " + read.problem;
        co_return;
    }
    result.answer = std::move(read.answer);
    if (read.error) {
        set_error(result, *read.error);
    } else if (!read.has_content || result.answer.finish == wire::FinishReason::none) {
        result.error = "the answer has no finished choice";
    } else {
        result.outcome = Outcome::ok;
        first_output();
    }
}

void Caller::Try::abort()
{
    if (exchange) {
        exchange->abort();
    } else {
        control.abort();
    }
}

net::Task<CallerAnswer> Caller::ask(const wire::ChatRequest& request, net::Duration deadline,
                                    std::function<void()> first_output)
{
    CallerAnswer result;
    Try once;
    net::Watchdog watchdog(runtime_.clock(), [&] { once.abort(); });
    once.until = runtime_.clock().now() + deadline;
    watchdog.arm(once.until);
    bool found_dead = co_await ask_once(request, once, result, first_output);
    if (found_dead && !watchdog.expired()) {
        once.fresh_connection = true;
        found_dead = co_await ask_once(request, once, result, first_output);
    }
    if (watchdog.expired() && result.outcome != Outcome::ok) {
        result.ending = Ending::timed_out;
        result.error = fmt::format("nothing more came within {}", net::to_string(deadline));
        result.error_type.clear();
    }
    watchdog.disarm();
    co_return result;
}

net::Task<bool> Caller::ask_once(const wire::ChatRequest& request, Try& once, CallerAnswer& result,
                                 const std::function<void()>& first_output)
{
    once.exchange.reset();
    http::Client::Options options;
    options.connect_deadline = once.until;
    options.fresh_connection = once.fresh_connection;
    options.control = &once.control;
    http::Request message = to_http(request, api_);
    auto opened = co_await client_.open(subject_, std::move(message), options);
    if (!opened) {
        result.ending = Ending::refused;
        result.error = "no connection to the subject: " + opened.error().error.message();
        co_return opened.error().pooled;
    }
    once.exchange = std::move(*opened);
    const net::Result<const http::ResponseHead*> head = co_await once.exchange->head();
    if (!head) {
        set_broken(result, head.error());
        result.error = "the connection broke before a response came (" + head.error().message() + ")";
        co_return once.exchange->failure().pooled;
    }
    result.status = (*head)->status;
    result.ending = Ending::none;
    result.error.clear();
    if (request.stream && result.status == 200 && is_event_stream(**head)) {
        co_await read_stream(*once.exchange, result, first_output);
    } else {
        co_await read_whole(*once.exchange, result, first_output);
    }
    co_return false;
}

}  // namespace chaos::harness
