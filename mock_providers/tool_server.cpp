// The shell of the tool server: one call read, its fate decided, the effect done once, the reply given or dropped.
#include "mock_providers/tool_server.hpp"

#include <fmt/format.h>

#include <system_error>
#include <unordered_map>
#include <variant>

#include "mock_providers/brief.hpp"
#include "mock_providers/broken_result.hpp"
#include "mock_providers/fate.hpp"
#include "mock_providers/faults/deed.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/http_door.hpp"
#include "mock_providers/ledger.hpp"
#include "mock_providers/mcp/door.hpp"
#include "mock_providers/patience.hpp"
#include "mock_providers/schema_sample.hpp"
#include "mock_providers/tool_script.hpp"
#include "net/http/server.hpp"
#include "wire/json_rpc.hpp"

namespace chaos::mock_providers {

namespace {

/// What came of delivering a call: its result, or why there is none.
using Outcome = std::variant<ToolReply, ToolFailure>;

std::unique_ptr<net::Listener> listen_as_tool_server(net::Runtime& runtime, const ToolServerSpec& spec)
{
    net::Endpoint at;
    at.port = spec.port;
    auto listener = runtime.network().listen(at);
    if (!listener) {
        throw std::system_error(listener.error(), fmt::format("the tool server cannot listen on port {}", spec.port));
    }
    return std::move(*listener);
}

net::http::ServerSettings tool_server_settings()
{
    net::http::ServerSettings settings;
    settings.limits.body_bytes = 8 * 1024 * 1024;  // arguments are small
    return settings;
}

std::vector<FaultSpec> tool_faults(std::vector<FaultSpec> faults)
{
    std::erase_if(faults, [](const FaultSpec& fault) { return faults::layer_of(fault.parameters) != Layer::tool; });
    return faults;
}

/// A call without a task is a stranger's: it is done, and there is no receipt to give.
ToolReply healthy_reply(const ToolSpec& tool, const std::string& task, int step)
{
    ToolReply reply;
    reply.text = task.empty() ? std::string("Done.") : tool_result_text(task, step);
    if (!tool.output.empty()) {
        reply.structured = sample_arguments(tool.output, reply.text);
    }
    return reply;
}

ToolFailure key_was_used()
{
    ToolFailure failure;
    failure.as = ToolFailure::As::protocol;
    failure.status = 422;
    failure.code = wire::json_rpc::invalid_params;
    failure.message = "this Idempotency-Key was used for another call";
    return failure;
}

}  // namespace

struct ToolServer::State {
    using Use = Observer::ToolUse;

    State(net::Runtime& runtime_, std::vector<ToolSpec> tools_, std::vector<FaultSpec> faults, net::Chance chance,
          std::string run_, Observer& observer_, const ToolServerSpec& spec)
        : runtime(runtime_),
          tools(std::move(tools_)),
          run(std::move(run_)),
          observer(observer_),
          fate(tool_faults(std::move(faults)), chance),
          mcp_door(tools, spec.sse ? mcp::Answers::events : mcp::Answers::json, chance),
          server(runtime, listen_as_tool_server(runtime, spec), tool_server_settings(),
                 [this](net::http::ServerExchange& exchange) { return handle(exchange); })
    {
    }

    net::Task<void> handle(net::http::ServerExchange& exchange)
    {
        const net::http::Request& request = exchange.request();
        const bool by_mcp = net::http::path_of(request.head.target) == mcp::path;
        Asked asked = by_mcp ? mcp_door.read(request) : read_http_call(request, tools);
        if (const ToolCall* call = std::get_if<ToolCall>(&asked)) {
            co_await carry_out(exchange, *call);
            co_return;
        }
        const net::Error ignored = co_await answer(exchange, std::move(std::get<net::http::Response>(asked)));
        static_cast<void>(ignored);
    }

    /// Events are a stream, also where there is only one.
    static net::Task<net::Error> answer(net::http::ServerExchange& exchange, net::http::Response response)
    {
        if (response.head.headers.find("content-type") != "text/event-stream") {
            const net::Error error = co_await exchange.respond(std::move(response));
            co_return error;
        }
        const std::string events = std::move(response.body);
        net::Error error = co_await exchange.start(std::move(response.head));
        if (!error) {
            error = co_await exchange.send(events);
        }
        if (!error) {
            error = co_await exchange.finish();
        }
        co_return error;
    }

    net::Task<void> carry_out(net::http::ServerExchange& exchange, const ToolCall& call)
    {
        Use use = use_of(call);
        if (!use.task.empty() && run_of(use.task) != run) {
            observer.stray_received("tool_server", fmt::format("the effect '{}' belongs to another run", use.effect));
            net::http::Response response = call.form->result(healthy_reply(*call.tool, use.task, use.step));
            const net::Error ignored = co_await answer(exchange, std::move(response));
            static_cast<void>(ignored);
            co_return;
        }
        observer.tool_received(use);
        ToolScript script;
        script.door = call.form->door();
        script.output = call.form->has_structure() ? call.tool->output : "";
        script.takes = call.tool->takes;
        const std::vector<SharedFault> acting = meet_fate(use, script);
        ToolSent sent;
        sent.door = script.door;
        std::exception_ptr trouble;
        try {
            co_await perform(exchange, call, use, script, sent);
        } catch (...) {
            trouble = std::current_exception();
        }
        report(use, acting, sent);
        if (trouble) {
            std::rethrow_exception(trouble);
        }
    }

    static Use use_of(const ToolCall& call)
    {
        Use use;
        use.tool = call.tool->name;
        use.effect = call.effect;
        use.key = call.key;
        use.arguments = call.arguments;
        if (auto identity = parse_effect_token(use.effect)) {
            use.task = std::move(identity->task);
            use.step = identity->step;
        }
        return use;
    }

    std::vector<SharedFault> meet_fate(const Use& use, ToolScript& script)
    {
        Occasion occasion;
        occasion.at = zero ? std::optional(runtime.clock().now() - *zero) : std::nullopt;
        occasion.ordinal = ++calls;
        occasion.tool_ordinal = ++calls_of_tool[use.tool];
        occasion.task = use.task;
        occasion.step = use.step;
        occasion.nth_try = ++tries[use.effect];
        occasion.tool = use.tool;
        std::vector<SharedFault> acting;
        const auto applies = [&script](const FaultSpec& fault) { return faults::applies(fault.parameters, script); };
        for (const Fate::Cast& cast : fate.decide(occasion, applies)) {
            if (!cast.fell) {
                observer.tool_fault(cast.fault->name, use, false, "");
                continue;
            }
            faults::inject(cast.fault->parameters, script, cast.closes ? *zero + *cast.closes : net::never);
            if (std::holds_alternative<faults::ToolDuplicateDelivery>(cast.fault->parameters)) {
                script.second_delivery = cast.fault->name;
            }
            acting.push_back(cast.fault);
        }
        return acting;
    }

    net::Task<void> perform(net::http::ServerExchange& exchange, const ToolCall& call, const Use& use,
                            const ToolScript& script, ToolSent& sent)
    {
        Patience patience(runtime, exchange);
        const net::Instant began = runtime.clock().now();
        Outcome outcome;
        if (script.before_effect) {
            outcome = *script.before_effect;
        } else {
            outcome = co_await deliver(*call.tool, use, script, sent);
        }
        sent.took = runtime.clock().now() - began;
        bool goes_on = true;
        if (script.drop_reply && sent.acted()) {
            goes_on = co_await drop_reply(exchange, patience, script, sent);
        }
        if (goes_on && exchange.client_gone()) {
            sent.end = WireEnd::client_left;
            goes_on = false;
        }
        if (!goes_on) {
            co_return;
        }
        net::http::Response reply = worded(call, script, outcome, sent);
        const int status = reply.head.status;
        const net::Error error = co_await answer(exchange, std::move(reply));
        sent.status = error ? 0 : status;
        sent.end = error ? WireEnd::client_left : WireEnd::complete;
    }

    /// In the words of the door, and spoilt if a fault says so.
    net::http::Response worded(const ToolCall& call, const ToolScript& script, Outcome& outcome, ToolSent& sent)
    {
        if (const ToolFailure* failure = std::get_if<ToolFailure>(&outcome)) {
            sent.failure = *failure;
            if (failure->as == ToolFailure::As::session_lost) {
                mcp_door.forget(call.session);
            }
            return call.form->failure(*failure);
        }
        ToolReply& reply = std::get<ToolReply>(outcome);
        if (script.broken) {
            sent.broken = break_result(reply, *script.broken, script.output);
        }
        if (script.padded_to) {
            pad_text(reply, *script.padded_to);
        }
        sent.text_bytes = reply.text.size();
        return call.form->result(reply);
    }

    /// Once, or twice if a fault says so; the caller is told of the first.
    net::Task<Outcome> deliver(const ToolSpec& tool, const Use& use, const ToolScript& script, ToolSent& sent)
    {
        Outcome first = co_await act(tool, use, script, sent);
        if (script.second_delivery.empty() || !sent.acted()) {
            co_return first;
        }
        Use again = use;
        again.fault = script.second_delivery;
        ToolSent second;
        const Outcome ignored = co_await act(tool, again, script, second);
        static_cast<void>(ignored);
        sent.second_deed = second.deed;
        co_return first;
    }

    /// The effect, or the stored result of the one that happened under the same key. A caller that leaves meanwhile
    /// changes nothing: it happens all the same.
    net::Task<Outcome> act(const ToolSpec& tool, const Use& use, const ToolScript& script, ToolSent& sent)
    {
        if (use.key.empty()) {
            co_await net::sleep_for(runtime.clock(), script.takes);
            observer.effect_performed(use);
            sent.deed = ToolSent::Deed::performed;
            co_return healthy_reply(tool, use.task, use.step);
        }
        const std::shared_ptr<LedgerEntry> entry = co_await ledger.open(use.key, use.tool, use.effect);
        if (entry->tool != use.tool || entry->effect != use.effect) {
            co_return key_was_used();
        }
        if (entry->done) {
            observer.effect_replayed(use);
            sent.deed = ToolSent::Deed::replayed;
        } else {
            co_await act_first(tool, use, script, *entry);
            sent.deed = ToolSent::Deed::performed;
        }
        co_return entry->reply;
    }

    net::Task<void> act_first(const ToolSpec& tool, const Use& use, const ToolScript& script, LedgerEntry& entry)
    {
        std::exception_ptr trouble;
        try {
            co_await net::sleep_for(runtime.clock(), script.takes);
        } catch (...) {
            trouble = std::current_exception();
        }
        if (trouble) {
            ledger.abandon(use.key, entry);
            std::rethrow_exception(trouble);
        }
        observer.effect_performed(use);
        ledger.settle(entry, healthy_reply(tool, use.task, use.step));
    }

    /// True if the reply is given after all, because the window that held it has closed.
    net::Task<bool> drop_reply(net::http::ServerExchange& exchange, Patience& patience, const ToolScript& script,
                               ToolSent& sent)
    {
        sent.dropped = true;
        if (*script.drop_reply == Stop::silence) {
            const bool released = co_await patience.until(script.release);
            co_return released;
        }
        const bool reset = *script.drop_reply == Stop::reset;
        sent.end = reset ? WireEnd::cut_reset : WireEnd::cut_fin;
        exchange.close(reset ? net::Close::reset : net::Close::fin);
        co_return false;
    }

    void report(const Use& use, const std::vector<SharedFault>& acting, const ToolSent& sent)
    {
        for (const SharedFault& fault : acting) {
            observer.tool_fault(fault->name, use, true, faults::proof(fault->parameters, sent).value_or(""));
        }
        observer.tool_answered(use, sent.status, sent.end);
    }

    net::Runtime& runtime;
    std::vector<ToolSpec> tools;
    std::string run;
    Observer& observer;
    Fate fate;
    Ledger ledger;
    mcp::Door mcp_door;
    std::optional<net::Instant> zero;
    std::uint64_t calls = 0;
    std::unordered_map<std::string, std::uint64_t> calls_of_tool;
    std::unordered_map<std::string, std::uint64_t> tries;  ///< by effect token
    net::http::Server server;
};

ToolServer::ToolServer(net::Runtime& runtime, std::vector<ToolSpec> tools, std::vector<FaultSpec> faults,
                       net::Chance chance, std::string run, Observer& observer, const ToolServerSpec& server)
    : state_(std::make_unique<State>(runtime, std::move(tools), std::move(faults), chance, std::move(run), observer,
                                     server))
{
}

ToolServer::~ToolServer() = default;

net::Endpoint ToolServer::endpoint() const
{
    return state_->server.endpoint();
}

net::Task<void> ToolServer::serve()
{
    co_await state_->server.serve();
}

void ToolServer::replace_faults(std::vector<SharedFault> faults)
{
    std::erase_if(faults, [](const SharedFault& fault) { return faults::layer_of(fault->parameters) != Layer::tool; });
    state_->fate.replace(std::move(faults));
}

void ToolServer::begin_anew()
{
    state_->calls = 0;
    state_->calls_of_tool.clear();
    state_->tries.clear();
    state_->ledger.forget();
}

void ToolServer::follow(const Witness& witness)
{
    state_->fate.follow(witness.milestones());
}

void ToolServer::start_clock(net::Instant zero)
{
    state_->zero = zero;
}

void ToolServer::stop()
{
    state_->server.stop();
}

}  // namespace chaos::mock_providers
