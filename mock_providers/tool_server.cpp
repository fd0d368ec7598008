// The shell of the tool server: one call read, its fate decided, the effect done once, the reply given or dropped.
#include "mock_providers/tool_server.hpp"

#include <fmt/format.h>

#include <system_error>
#include <unordered_map>

#include "mock_providers/brief.hpp"
#include "mock_providers/fate.hpp"
#include "mock_providers/faults/deed.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/ledger.hpp"
#include "mock_providers/patience.hpp"
#include "mock_providers/tool_script.hpp"
#include "net/http/server.hpp"
#include "net/json.hpp"
#include "wire/json_document.hpp"

namespace chaos::mock_providers {

namespace {

constexpr std::string_view tools_path = "/tools/";

std::unique_ptr<net::Listener> listen(net::Runtime& runtime)
{
    auto listener = runtime.network().listen(net::Endpoint{});
    if (!listener) {
        throw std::system_error(listener.error(), "the tool server cannot listen");
    }
    return std::move(*listener);
}

std::vector<FaultSpec> tool_faults(std::vector<FaultSpec> faults)
{
    std::erase_if(faults, [](const FaultSpec& fault) { return faults::layer_of(fault.parameters) != Layer::tool; });
    return faults;
}

/// {"error": "..."} or {"result": "..."}
net::http::Response json_response(int status, std::string_view name, std::string_view text)
{
    net::http::Response response;
    response.head.status = status;
    response.head.headers.add("content-type", "application/json");
    response.body = fmt::format(R"({{"{}":)", name);
    net::append_json_string(response.body, text);
    response.body += '}';
    return response;
}

/// The effect token of a call: the text argument `reference`.
std::optional<std::string> reference_in(const std::string& arguments)
{
    const wire::json::Document document(arguments, {});
    const auto reference = wire::json::text(wire::json::member(document.root(), "reference"));
    return reference ? std::optional<std::string>(*reference) : std::nullopt;
}

}  // namespace

struct ToolServer::State {
    using Use = Observer::ToolUse;

    State(net::Runtime& runtime_, std::vector<ToolSpec> tools_, std::vector<FaultSpec> faults, net::Chance chance,
          std::string run_, Observer& observer_)
        : runtime(runtime_),
          tools(std::move(tools_)),
          run(std::move(run_)),
          observer(observer_),
          fate(tool_faults(std::move(faults)), chance),
          ledger(runtime.executor()),
          server(runtime, listen(runtime), {}, [this](net::http::ServerExchange& exchange) { return handle(exchange); })
    {
    }

    const ToolSpec* find(std::string_view name) const
    {
        for (const ToolSpec& tool : tools) {
            if (tool.name == name) {
                return &tool;
            }
        }
        return nullptr;
    }

    net::Task<void> handle(net::http::ServerExchange& exchange)
    {
        const net::http::Request& request = exchange.request();
        const std::string_view path = net::http::path_of(request.head.target);
        const ToolSpec* tool = path.starts_with(tools_path) ? find(path.substr(tools_path.size())) : nullptr;
        const std::optional<std::string> reference = reference_in(request.body);
        net::http::Response refusal;
        if (tool == nullptr) {
            refusal = json_response(404, "error", fmt::format("there is no tool at {}", path));
        } else if (request.head.method != "POST") {
            refusal = json_response(405, "error", "tools are called by POST");
            refusal.head.headers.add("allow", "POST");
        } else if (!reference) {
            refusal = json_response(400, "error", "the body must be a JSON object with the text member 'reference'");
        } else {
            co_await call(exchange, *tool, *reference);
            co_return;
        }
        const net::Error ignored = co_await exchange.respond(std::move(refusal));
        static_cast<void>(ignored);
    }

    net::Task<void> call(net::http::ServerExchange& exchange, const ToolSpec& tool, const std::string& reference)
    {
        Use use = use_of(exchange.request(), tool, reference);
        if (!use.task.empty() && run_of(use.task) != run) {
            observer.stray_received("tool_server", fmt::format("the effect '{}' belongs to another run", reference));
            net::http::Response response = json_response(200, "result", tool_result_text(use.task, use.step));
            const net::Error ignored = co_await exchange.respond(std::move(response));
            static_cast<void>(ignored);
            co_return;
        }
        observer.tool_received(use);
        ToolScript script;
        script.takes = tool.takes;
        const std::vector<SharedFault> acting = meet_fate(use, script);
        ToolSent sent;
        std::exception_ptr trouble;
        try {
            co_await perform(exchange, use, script, sent);
        } catch (...) {
            trouble = std::current_exception();
        }
        report(use, acting, sent);
        if (trouble) {
            std::rethrow_exception(trouble);
        }
    }

    static Use use_of(const net::http::Request& request, const ToolSpec& tool, const std::string& reference)
    {
        Use use;
        use.tool = tool.name;
        use.effect = reference;
        use.key = request.head.headers.find("idempotency-key").value_or("");
        use.arguments = request.body;
        if (auto identity = parse_effect_token(reference)) {
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
        for (const Fate::Cast& cast : fate.decide(occasion)) {
            if (!cast.fell) {
                observer.tool_fault(cast.fault->name, use, false, "");
                continue;
            }
            const bool held = zero && cast.fault->when.until;
            faults::inject(cast.fault->parameters, script, held ? *zero + *cast.fault->when.until : net::never);
            acting.push_back(cast.fault);
        }
        return acting;
    }

    net::Task<void> perform(net::http::ServerExchange& exchange, const Use& use, const ToolScript& script,
                            ToolSent& sent)
    {
        Patience patience(runtime, exchange);
        const net::Instant began = runtime.clock().now();
        net::http::Response reply;
        if (script.before_effect) {
            reply = *script.before_effect;
        } else {
            reply = co_await act(use, script, sent);
        }
        sent.took = runtime.clock().now() - began;
        bool goes_on = true;
        if (script.drop_reply && sent.acted) {
            goes_on = co_await drop_reply(exchange, patience, script, sent);
        }
        if (goes_on && exchange.client_gone()) {
            sent.end = WireEnd::client_left;
            goes_on = false;
        }
        if (!goes_on) {
            co_return;
        }
        const int status = reply.head.status;
        const net::Error error = co_await exchange.respond(std::move(reply));
        sent.status = error ? 0 : status;
        sent.end = error ? WireEnd::client_left : WireEnd::complete;
    }

    /// The effect, or the stored result of the one that happened under the same key. A caller that leaves meanwhile
    /// changes nothing: it happens all the same.
    net::Task<net::http::Response> act(const Use& use, const ToolScript& script, ToolSent& sent)
    {
        if (use.key.empty()) {
            co_await net::sleep_for(runtime.clock(), script.takes);
            observer.effect_performed(use);
            sent.acted = true;
            co_return result_of(use);
        }
        const std::shared_ptr<LedgerEntry> entry = co_await ledger.open(use.key, use.tool, use.effect);
        if (entry->tool != use.tool || entry->effect != use.effect) {
            co_return json_response(422, "error", "this Idempotency-Key was used for another call");
        }
        if (entry->done) {
            observer.effect_replayed(use);
        } else {
            co_await act_first(use, script, *entry);
        }
        sent.acted = true;
        net::http::Response stored = result_of(use);
        stored.body = entry->reply;
        co_return stored;
    }

    net::Task<void> act_first(const Use& use, const ToolScript& script, LedgerEntry& entry)
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
        ledger.settle(entry, result_of(use).body);
    }

    static net::http::Response result_of(const Use& use)
    {
        return json_response(200, "result",
                             use.task.empty() ? std::string("Done.") : tool_result_text(use.task, use.step));
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
    std::optional<net::Instant> zero;
    std::uint64_t calls = 0;
    std::unordered_map<std::string, std::uint64_t> calls_of_tool;
    std::unordered_map<std::string, std::uint64_t> tries;  ///< by effect token
    net::http::Server server;
};

ToolServer::ToolServer(net::Runtime& runtime, std::vector<ToolSpec> tools, std::vector<FaultSpec> faults,
                       net::Chance chance, std::string run, Observer& observer)
    : state_(std::make_unique<State>(runtime, std::move(tools), std::move(faults), chance, std::move(run), observer))
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
    std::erase_if(faults,
                  [](const SharedFault& fault) { return faults::layer_of(fault->parameters) != Layer::tool; });
    state_->fate.replace(std::move(faults));
}

void ToolServer::begin_anew()
{
    state_->calls = 0;
    state_->calls_of_tool.clear();
    state_->tries.clear();
    state_->ledger.forget();
}

void ToolServer::start_clock(net::Instant zero)
{
    state_->zero = zero;
}

void ToolServer::stop()
{
    state_->server.stop();
}

wire::ToolSpec declaration(const ToolSpec& tool)
{
    wire::ToolSpec declared;
    declared.name = tool.name;
    declared.description =
        tool.description.empty() ? fmt::format("Carries out one step with {}.", tool.name) : tool.description;
    declared.parameters =
        R"({"type":"object","properties":{"reference":{"type":"string","description":"The reference of this )"
        R"(step, unchanged."},"content":{"type":"string","description":"What to do, in words."}},)"
        R"("required":["reference","content"],"additionalProperties":false})";
    return declared;
}

}  // namespace chaos::mock_providers
