#include "tests/zoo/broken_router.hpp"

#include <fmt/format.h>

#include "net/http/client.hpp"
#include "net/http/server.hpp"
#include "net/watchdog.hpp"
#include "wire/openai_chat.hpp"
#include "wire/sse.hpp"

namespace chaos::zoo {
namespace {

namespace http = net::http;
namespace openai = wire::openai_chat;

constexpr net::Duration attempt_timeout = std::chrono::seconds(1);
constexpr std::size_t largest_body = 8 * 1024 * 1024;

/// What became of one attempt at one provider.
enum class Attempted {
    answered,       ///< the caller has a whole answer
    nothing_sent,   ///< it failed and the caller saw nothing of it
    broke_midway,   ///< it failed after the caller saw content
};

class BrokenRouter final : public harness::Subject {
public:
    BrokenRouter(Bug bug, harness::SubjectSetting setting)
        : bug_(bug),
          runtime_(setting.runtime),
          targets_(std::move(setting.targets)),
          client_(setting.runtime, {}),
          server_(setting.runtime, std::move(setting.listener), {},
                  [this](http::ServerExchange& exchange) { return handle(exchange); })
    {
    }

    net::Endpoint endpoint() const override { return server_.endpoint(); }
    net::Task<void> serve() override { return server_.serve(); }
    void stop() override { server_.stop(); }

private:
    net::Task<void> handle(http::ServerExchange& exchange)
    {
        auto read = openai::read_request(exchange.request().body);
        if (!read) {
            co_await refuse(exchange, 400, "the request cannot be read");
            co_return;
        }
        wire::ChatRequest request = std::move(*read.value);
        bool content_delivered = false;
        int calls_delivered = 0;
        for (const router::Target& target : targets_) {
            int status = 0;
            Attempted attempted =
                co_await attempt(exchange, request, target, content_delivered, calls_delivered, status);
            int retries = bug_ == Bug::retries_without_end ? 10 : 0;
            for (; retries > 0 && attempted == Attempted::nothing_sent; --retries) {
                attempted = co_await attempt(exchange, request, target, content_delivered, calls_delivered, status);
            }
            if (attempted == Attempted::answered) co_return;
            if (attempted == Attempted::broke_midway) {
                content_delivered = true;
                // The honest end of a broken stream; the bug is to go on instead.
                if (bug_ != Bug::resends_delivered_call) {
                    co_await end_with_error(exchange);
                    co_return;
                }
            }
            if (bug_ == Bug::stops_at_refused_key && (status == 401 || status == 403)) break;
            if (bug_ == Bug::forgets_oldest_turns) forget_oldest_turns(request);
        }
        if (content_delivered) {
            co_await end_with_error(exchange);
        } else {
            co_await refuse(exchange, 502, "every provider failed");
        }
    }

    // Keeps the task itself and the last exchange: what a summary that went wrong would keep.
    static void forget_oldest_turns(wire::ChatRequest& request)
    {
        constexpr std::size_t opening = 2;
        constexpr std::size_t last_exchange = 2;
        if (request.messages.size() <= opening + last_exchange) return;
        request.messages.erase(request.messages.begin() + opening, request.messages.end() - last_exchange);
    }

    net::Task<Attempted> attempt(http::ServerExchange& exchange, const wire::ChatRequest& request,
                                 const router::Target& target, bool already_streaming, int& calls_delivered,
                                 int& status)
    {
        http::OpenControl control;
        http::ClientExchange* open_exchange = nullptr;
        net::Watchdog watchdog(runtime_.clock(), [&] {
            if (open_exchange != nullptr) open_exchange->abort();
            else control.abort();
        });
        const bool patient = bug_ == Bug::waits_for_ever;
        if (!patient) watchdog.arm(runtime_.clock().now() + attempt_timeout);

        http::Client::Options options;
        options.fresh_connection = true;
        options.control = &control;
        http::Request message = forwarded(request, target);
        auto opened = co_await client_.open(target.endpoint, std::move(message), options);
        if (!opened) co_return Attempted::nothing_sent;
        const std::unique_ptr<http::ClientExchange> upstream = std::move(*opened);
        open_exchange = upstream.get();
        const net::Result<const http::ResponseHead*> head = co_await upstream->head();
        if (head) status = (*head)->status;
        if (status != 200) co_return Attempted::nothing_sent;
        if (!patient) watchdog.arm(runtime_.clock().now() + attempt_timeout);
        if (request.stream) co_return co_await relay_stream(exchange, *upstream, already_streaming, calls_delivered);
        co_return co_await relay_whole(exchange, *upstream);
    }

    static http::Request forwarded(const wire::ChatRequest& request, const router::Target& target)
    {
        wire::ChatRequest copy = request;
        copy.model = target.model;
        http::Request message;
        message.head.method = "POST";
        message.head.target = target.base_path + "/chat/completions";
        message.head.headers.add("content-type", "application/json");
        message.body = openai::write_request(copy);
        return message;
    }

    static net::Task<Attempted> relay_whole(http::ServerExchange& exchange, http::ClientExchange& upstream)
    {
        net::Result<std::string> body = co_await upstream.read_all(largest_body);
        if (!body) co_return Attempted::nothing_sent;
        http::Response response;
        response.head.headers.add("content-type", "application/json");
        response.body = std::move(*body);
        const net::Error error = co_await exchange.respond(std::move(response));
        (void)error;
        co_return Attempted::answered;
    }

    // Every event goes to the caller as it comes. Calls of a later provider get the next free index, as if they were new.
    net::Task<Attempted> relay_stream(http::ServerExchange& exchange, http::ClientExchange& upstream, bool streaming,
                                      int& calls_delivered)
    {
        wire::SseReader reader;
        std::vector<wire::SseEvent> events;
        std::vector<wire::Delta> deltas;
        const int first_index = calls_delivered;
        bool finished = false;
        while (true) {
            net::Result<std::string> piece = co_await upstream.read_body();
            if (!piece) co_return streaming ? Attempted::broke_midway : Attempted::nothing_sent;
            if (piece->empty()) break;
            events.clear();
            reader.feed(*piece, events);
            for (const wire::SseEvent& event : events) {
                deltas.clear();
                openai::read_chunk(event, deltas);
                for (wire::Delta& delta : deltas) {
                    if (auto* start = std::get_if<wire::delta::Start>(&delta)) {
                        identity_ = *start;
                        continue;
                    }
                    if (std::holds_alternative<wire::delta::Finish>(delta)) finished = true;
                    if (auto* call = std::get_if<wire::delta::Call>(&delta)) {
                        call->index += first_index;
                        calls_delivered = std::max(calls_delivered, call->index + 1);
                    }
                    if (!streaming) {
                        http::ResponseHead head;
                        head.headers.add("content-type", "text/event-stream");
                        const net::Error started = co_await exchange.start(std::move(head));
                        if (started) co_return Attempted::answered;
                        streaming = true;
                    }
                    const std::string bytes = wire::encode_sse(openai::write_chunk(identity_, delta));
                    const net::Error sent = co_await exchange.send(bytes);
                    if (sent) co_return Attempted::answered;
                }
            }
        }
        if (!finished) co_return streaming ? Attempted::broke_midway : Attempted::nothing_sent;
        const net::Error ended = co_await exchange.finish();
        (void)ended;
        co_return Attempted::answered;
    }

    static net::Task<void> refuse(http::ServerExchange& exchange, int status, std::string why)
    {
        http::Response response;
        response.head.status = status;
        response.head.headers.add("content-type", "application/json");
        wire::ProviderError error;
        error.type = "server_error";
        error.message = std::move(why);
        response.body = openai::write_error(error);
        const net::Error sent = co_await exchange.respond(std::move(response));
        (void)sent;
    }

    static net::Task<void> end_with_error(http::ServerExchange& exchange)
    {
        wire::ProviderError error;
        error.type = "server_error";
        error.message = "the provider's stream broke";
        const std::string bytes = wire::encode_sse(openai::write_error(error));
        const net::Error sent = co_await exchange.send(bytes);
        if (sent) co_return;
        const net::Error ended = co_await exchange.finish();
        (void)ended;
    }

    Bug bug_;
    net::Runtime& runtime_;
    std::vector<router::Target> targets_;
    wire::delta::Start identity_;
    http::Client client_;
    http::Server server_;
};

struct Exhibit {
    Bug bug;
    const char* name;
    const char* summary;
};
constexpr Exhibit exhibits[] = {
    {Bug::resends_delivered_call, "resends_delivered_call", "goes on at the next provider after a tool call was delivered"},
    {Bug::forgets_oldest_turns, "forgets_oldest_turns", "sends the next provider only the end of the conversation"},
    {Bug::waits_for_ever, "waits_for_ever", "has no timeout on anything"},
    {Bug::ignores_retry_after, "ignores_retry_after", "asks a provider again that said how long to stay away"},
    {Bug::retries_without_end, "retries_without_end", "asks the same provider again and again, whatever it answers"},
    {Bug::stops_at_refused_key, "stops_at_refused_key", "gives up when a provider does not accept its key"},
    {Bug::remembers_nothing, "remembers_nothing", "waits for a dark provider with every request anew"},
};

}  // namespace

harness::SubjectKind broken_router(Bug bug)
{
    for (const Exhibit& exhibit : exhibits) {
        if (exhibit.bug != bug) continue;
        return {exhibit.name, exhibit.summary, {"openai"}, [bug](harness::SubjectSetting setting) {
                    return std::make_unique<BrokenRouter>(bug, std::move(setting));
                }};
    }
    throw std::logic_error("a bug without an exhibit");
}

std::vector<harness::SubjectKind> all_subjects()
{
    std::vector<harness::SubjectKind> all{harness::bundled_router()};
    for (const Exhibit& exhibit : exhibits) all.push_back(broken_router(exhibit.bug));
    return all;
}

}  // namespace chaos::zoo
