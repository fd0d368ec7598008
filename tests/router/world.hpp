// A simulated world with scripted providers, a router in front of them, and callers.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/http/client.hpp"
#include "net/simulation/simulation.hpp"
#include "net/task_group.hpp"
#include "net/watchdog.hpp"
#include "router/router.hpp"
#include "tests/support/scripted_upstream.hpp"
#include "wire/openai_chat.hpp"
#include "wire/sse.hpp"

namespace chaos::router {

using namespace std::chrono_literals;
using namespace testing;  // NOLINT: the words of the scripts

/// What a caller saw of one request.
struct Reply {
    int status = 0;  ///< 0: no response at all
    net::http::Headers headers;
    std::string body;
    bool whole = false;  ///< the body ended as HTTP says it should
    net::Instant asked_at{};
    net::Instant first_byte_at{};
    net::Instant ended_at{};

    net::Duration took() const { return ended_at - asked_at; }
    std::string header(std::string_view name) const { return std::string(headers.find(name).value_or("")); }
};

/// A streamed reply, read as a client reads it.
struct Streamed {
    wire::ChatAnswer answer;
    int end_markers = 0;
    int errors = 0;
    int malformed = 0;
    std::string error_message;
    bool finished() const { return answer.finish != wire::FinishReason::none; }
    /// What a careful client takes for a complete answer.
    bool success() const { return finished() && end_markers == 1 && errors == 0 && malformed == 0; }
};

inline Streamed read_stream(const std::string& body)
{
    wire::SseReader reader;
    std::vector<wire::SseEvent> events;
    reader.feed(body, events);
    wire::AnswerAssembler assembler;
    Streamed result;
    for (const wire::SseEvent& event : events) {
        std::vector<wire::Delta> deltas;
        wire::openai_chat::read_chunk(event, deltas);
        for (const wire::Delta& delta : deltas) {
            assembler.add(delta);
            if (std::holds_alternative<wire::delta::Done>(delta)) ++result.end_markers;
            if (std::holds_alternative<wire::delta::Malformed>(delta)) ++result.malformed;
            if (const auto* failed = std::get_if<wire::delta::Failed>(&delta)) {
                ++result.errors;
                result.error_message = failed->error.message;
            }
        }
    }
    result.answer = assembler.answer();
    return result;
}

/// Everything the router tells, as lines and as records.
struct Notes final : Observer {
    void attempt_began(const AttemptStart& attempt) override { write(attempt.request, attempt.target, "attempt", {}); }
    void attempt_ended(const AttemptEnd& end) override
    {
        const AttemptRecord& attempt = end.record;
        write(attempt.request, attempt.target, spelling(attempt.what), end.words);
        write(attempt.request, attempt.decision.target, spelling(attempt.decision.kind), attempt.decision.reason);
        attempts.push_back(attempt);
    }
    void breaker_changed(const BreakerChange& change) override
    {
        write(change.request, change.target, "breaker", change.state);
    }
    void request_ended(const RequestRecord& request) override
    {
        write(request.id, request.served_by, "reply", std::to_string(request.status) + " " + request.error_code);
        requests.push_back(request);
    }
    void store_failed(const StoreProblem& problem) override { write("store", {}, problem.what, problem.why); }
    void write(std::string_view request, std::string_view target, std::string_view kind, std::string_view text)
    {
        all.append(request).append(" ").append(target).append(" ").append(kind).append(" ").append(text).append("\n");
    }
    std::string all;
    std::vector<AttemptRecord> attempts;
    std::vector<RequestRecord> requests;
};

class World {
public:
    World()
    {
        policy.timeouts.connect = 500ms;
        policy.timeouts.first_token = 1s;
        policy.timeouts.idle = 1s;
        policy.timeouts.total = 20s;
        policy.retry.backoff = 100ms;
        policy.breaker.open_for = 5s;
    }

    /// Adds a provider to the chain of "agent". Its model is "NAME-model" and its key "sk-NAME-key".
    ScriptedUpstream& provider(const std::string& name, std::vector<Act> script,
                               std::optional<std::int64_t> window = std::nullopt, const std::string& dialect = "openai")
    {
        auto listener = simulation.network().listen({"127.0.0.1", 0});
        upstreams.push_back(std::make_unique<ScriptedUpstream>(simulation, std::move(*listener), std::move(script)));
        Target target;
        target.name = name;
        target.dialect = dialect;
        target.endpoint = upstreams.back()->endpoint();
        target.model = name + "-model";
        target.api_keys = {"sk-" + name + "-key"};
        target.context_window = window;
        targets.push_back(target);
        policy.models["agent"].chain.push_back({name, 1, 1});
        return *upstreams.back();
    }

    /// A story: everything serves while it is told.
    void tell(std::function<net::Task<void>()> story) { simulation.run(stage(std::move(story))); }

    net::Task<Reply> ask(std::string body, net::Duration leave_after = 0ns, std::string target = "/v1/chat/completions",
                         std::string method = "POST", net::http::Headers also = {})
    {
        net::http::Request request;
        request.head.method = std::move(method);
        request.head.target = std::move(target);
        request.head.headers.add("content-type", "application/json");
        request.head.headers.add("authorization", "Bearer callers-own-key");
        request.head.headers.add("openai-organization", "org-callers");
        request.head.headers.add("x-api-key", "callers-other-key");
        for (const net::http::Header& header : also) request.head.headers.set(header.name, header.value);
        request.body = std::move(body);
        Reply reply = co_await send(router->endpoint(), std::move(request), leave_after);
        co_return reply;
    }

    /// With these headers besides.
    net::Task<Reply> ask_with(std::vector<net::http::Header> headers, std::string body)
    {
        net::http::Request request = completion(std::move(body));
        for (net::http::Header& header : headers) request.head.headers.add(header.name, header.value);
        Reply reply = co_await send(router->endpoint(), std::move(request), 0ns);
        co_return reply;
    }

    /// Asks another router than the first.
    net::Task<Reply> ask_at(const Router& which, std::string body)
    {
        Reply reply = co_await send(which.endpoint(), completion(std::move(body)), 0ns);
        co_return reply;
    }

    /// More routers with the same configuration and the same memory; all of them, the first included.
    std::vector<Router*> start_routers(std::size_t count)
    {
        std::vector<Router*> all{router.get()};
        while (all.size() < count) {
            auto listener = simulation.network().listen({"127.0.0.1", 0});
            more_routers_.push_back(std::make_unique<Router>(simulation, std::move(*listener), targets, policy,
                                                             net::Chance(42 + all.size()), notes, memory));
            servers_->spawn(more_routers_.back()->serve());
            all.push_back(more_routers_.back().get());
        }
        return all;
    }

    net::Task<Reply> send(net::Endpoint to, net::http::Request request, net::Duration leave_after)
    {
        Reply reply;
        reply.asked_at = simulation.clock().now();
        std::unique_ptr<net::http::ClientExchange> exchange;
        net::Watchdog leaving(simulation.clock(), [&] {
            if (exchange) exchange->abort();
        });
        if (leave_after > 0ns) leaving.arm(simulation.clock().now() + leave_after);
        net::http::Client::Options options;
        auto opened = co_await caller->open(std::move(to), std::move(request), options);
        if (opened) {
            exchange = std::move(*opened);
            co_await receive(*exchange, reply);
        }
        reply.ended_at = simulation.clock().now();
        co_return reply;
    }

    net::Instant now() { return simulation.clock().now(); }
    net::Task<void> sleep(net::Duration d) { return net::sleep_for(simulation.clock(), d); }

    net::Simulation simulation;
    Policy policy;
    std::vector<Target> targets;
    std::vector<Caller> callers;  ///< what callers send is "callers-own-key"
    net::http::Limits limits;
    std::vector<std::unique_ptr<ScriptedUpstream>> upstreams;
    Notes notes;
    Observer* observer = &notes;
    DurableSettings durable;
    Dependencies dependencies;
    std::unique_ptr<Router> router;
    std::unique_ptr<net::http::Client> caller;
    std::shared_ptr<MemoryOfFailure> memory;  ///< null: one of its own
    net::Duration slow_reader{};              ///< pause before each piece that the caller reads

private:
    net::Task<void> receive(net::http::ClientExchange& exchange, Reply& reply)
    {
        const auto head = co_await exchange.head();
        if (!head) co_return;
        reply.status = (*head)->status;
        reply.headers = (*head)->headers;
        while (true) {
            if (slow_reader > 0ns) co_await sleep(slow_reader);
            const auto piece = co_await exchange.read_body();
            if (!piece) co_return;
            if (piece->empty()) break;
            if (reply.body.empty()) reply.first_byte_at = now();
            reply.body += *piece;
        }
        reply.whole = true;
    }

    net::Task<void> stage(std::function<net::Task<void>()> story)
    {
        auto listener = simulation.network().listen({"127.0.0.1", 0});
        router = std::make_unique<Router>(simulation, std::move(*listener), Settings{targets, policy, callers, {}, dependencies},
                                          limits, net::Chance(42), *observer, memory, durable);
        caller = std::make_unique<net::http::Client>(simulation, net::http::ClientSettings{});
        net::TaskGroup servers(simulation.executor());
        servers_ = &servers;
        for (const auto& upstream : upstreams) servers.spawn(upstream->serve());
        servers.spawn(router->serve());
        std::exception_ptr problem;
        try {
            co_await story();
        } catch (...) {
            problem = std::current_exception();
        }
        caller.reset();
        router->stop();
        for (const auto& one : more_routers_) one->stop();
        for (const auto& upstream : upstreams) upstream->stop();
        co_await servers.join();
        router.reset();
        more_routers_.clear();
        if (problem) std::rethrow_exception(problem);
    }

    static net::http::Request completion(std::string body)
    {
        net::http::Request request;
        request.head.method = "POST";
        request.head.target = "/v1/chat/completions";
        request.head.headers.add("content-type", "application/json");
        request.body = std::move(body);
        return request;
    }

    std::vector<std::unique_ptr<Router>> more_routers_;
    net::TaskGroup* servers_ = nullptr;  ///< while a story is told
};

inline std::string request_body(bool stream, const std::string& extra = "")
{
    return R"({"model":"agent","stream":)" + std::string(stream ? "true" : "false") +
           R"(,"messages":[{"role":"user","content":"hi"}])" + extra + "}";
}

/// With the tools `read` and `write`, after the result of a call of `read`.
inline std::string tool_request_body(bool stream)
{
    return R"({"model":"agent","stream":)" + std::string(stream ? "true" : "false") +
           R"(,"tools":[{"type":"function","function":{"name":"read"}},{"type":"function","function":{"name":"write"}}],)"
           R"("messages":[{"role":"user","content":"go"},{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function",)"
           R"("function":{"name":"read","arguments":"{}"}}]},{"role":"tool","tool_call_id":"a","content":"done"}]})";
}

inline const std::string plain = request_body(false);
inline const std::string streamed = request_body(true);

}  // namespace chaos::router
