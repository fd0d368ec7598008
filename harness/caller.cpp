#include "harness/caller.hpp"

#include <boost/asio/error.hpp>
#include <fmt/format.h>

#include "wire/openai_chat.hpp"
#include "wire/sse.hpp"

namespace chaos::harness {
namespace {

namespace http = net::http;
using history::Ending;
using history::Outcome;

constexpr std::size_t largest_answer = 8 * 1024 * 1024;

http::Request to_http(const wire::ChatRequest& request)
{
    http::Request out;
    out.head.method = "POST";
    out.head.target = "/v1/chat/completions";
    out.head.headers.add("content-type", "application/json");
    out.head.headers.add("accept", request.stream ? "text/event-stream" : "application/json");
    out.head.headers.add("authorization", "Bearer caller-key");
    out.body = wire::openai_chat::write_request(request);
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

net::Task<void> Caller::read_stream(http::ClientExchange& exchange, CallerAnswer& result,
                                    const std::function<void()>& first_output)
{
    wire::SseReader reader;
    wire::openai_chat::ChunkReader chunks;
    wire::AnswerAssembler assembler;
    std::vector<wire::SseEvent> events;
    std::vector<wire::Delta> deltas;
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
        events.clear();
        if (!reader.feed(*piece, events)) {
            result.error = "an event of the stream is too large";
            co_return;
        }
        for (const wire::SseEvent& event : events) {
            deltas.clear();
            chunks.read(event, deltas);
            for (const wire::Delta& delta : deltas) {
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
        set_error(result, wire::openai_chat::read_error(result.status, *body));
        co_return;
    }
    auto read = wire::openai_chat::read_answer(*body);
    if (!read) {
        result.error = "the answer cannot be read: " + read.problem;
        co_return;
    }
    result.answer = std::move(read.value->answer);
    if (read.value->error) {
        set_error(result, *read.value->error);
    } else if (!read.value->has_choices || result.answer.finish == wire::FinishReason::none) {
        result.error = "the answer has no finished choice";
    } else {
        result.outcome = Outcome::ok;
        first_output();
    }
}

net::Task<CallerAnswer> Caller::ask(const wire::ChatRequest& request, net::Duration deadline,
                                    std::function<void()> first_output)
{
    CallerAnswer result;
    http::OpenControl control;
    http::ClientExchange* open_exchange = nullptr;
    net::Watchdog watchdog(runtime_.clock(), [&] {
        if (open_exchange != nullptr) {
            open_exchange->abort();
        } else {
            control.abort();
        }
    });
    const net::Instant until = runtime_.clock().now() + deadline;
    watchdog.arm(until);

    std::unique_ptr<http::ClientExchange> exchange;
    // A kept-alive connection may have died while it was idle: that is nobody's failure, and a fresh one is tried once.
    for (const bool fresh : {false, true}) {
        http::Client::Options options;
        options.connect_deadline = until;
        options.fresh_connection = fresh;
        options.control = &control;
        http::Request message = to_http(request);
        auto opened = co_await client_.open(subject_, std::move(message), options);
        bool dead_pooled = false;
        if (!opened) {
            result.ending = Ending::refused;
            result.error = "no connection to the subject: " + opened.error().error.message();
            dead_pooled = opened.error().pooled;
        } else {
            exchange = std::move(*opened);
            open_exchange = exchange.get();
            const net::Result<const http::ResponseHead*> head = co_await exchange->head();
            if (head) {
                result.status = (*head)->status;
                result.ending = Ending::none;
                result.error.clear();
                if (request.stream && result.status == 200 && is_event_stream(**head)) {
                    co_await read_stream(*exchange, result, first_output);
                } else {
                    co_await read_whole(*exchange, result, first_output);
                }
                break;
            }
            set_broken(result, head.error());
            result.error = "the connection broke before a response came (" + head.error().message() + ")";
            dead_pooled = exchange->failure().pooled;
        }
        open_exchange = nullptr;
        exchange.reset();
        if (!dead_pooled || watchdog.expired()) break;
    }
    open_exchange = nullptr;
    if (watchdog.expired() && result.outcome != Outcome::ok) {
        result.ending = Ending::timed_out;
        result.error = fmt::format("nothing more came within {}", net::to_string(deadline));
        result.error_type.clear();
    }
    watchdog.disarm();
    co_return result;
}

}  // namespace chaos::harness
