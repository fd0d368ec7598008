// Doors of the router: which request goes where, and what is refused at once.
#include "router/router.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "net/http/url.hpp"
#include "net/tls/dialer.hpp"
#include "net/tls/stream.hpp"
#include "router/arrange.hpp"
#include "router/doors/door.hpp"
#include "router/health/health_watch.hpp"
#include "router/idempotency/idempotency.hpp"
#include "router/idempotency/request_identity.hpp"
#include "router/memory/memory_of_failure.hpp"
#include "router/operation/connection_fields.hpp"
#include "router/operation/owner.hpp"
#include "router/relay.hpp"
#include "router/reply_within.hpp"
#include "router/tools/tools.hpp"
#include "router/watched_exchange.hpp"
#include "store/memory_store.hpp"
#include "wire/json_document.hpp"

namespace chaos::router {
namespace {

SurfacedError refusal(int status, std::string code, std::string message)
{
    SurfacedError error;
    error.status = status;
    error.type = "invalid_request_error";
    error.code = std::move(code);
    error.message = std::move(message);
    return error;
}

Redactor redactor_for(const Settings& settings)
{
    std::vector<std::string> secrets;
    for (const Target& target : settings.targets)
        secrets.insert(secrets.end(), target.api_keys.begin(), target.api_keys.end());
    for (const Caller& caller : settings.callers) secrets.push_back(caller.token);
    for (const Dependency& tool : settings.dependencies.all) secrets.push_back(tool.api_key);
    return Redactor(std::move(secrets));
}

net::http::ClientSettings client_on(net::Network& network)
{
    net::http::ClientSettings settings;
    settings.network = &network;
    return settings;
}

net::http::Response refuse_bytes(int status, std::string_view why)
{
    const std::string code = status == 413 || status == 431 ? "request_too_large" : "bad_request";
    return door_of(Protocol::openai_chat).error_response(refusal(status, code, std::string(why)), Redactor());
}

net::http::ServerSettings server_settings(const net::http::Limits& limits)
{
    net::http::ServerSettings settings;
    settings.limits = limits;
    settings.error_page = refuse_bytes;
    return settings;
}

constexpr std::string_view embeddings_path = "/v1/embeddings";

const Door& door_of_path(std::string_view path)
{
    const Door* door = door_at(path);
    return door != nullptr ? *door : door_of(Protocol::openai_chat);
}

/// Whose words a request is answered in: those of its path, else of the vendor whose headers it has.
const Door& door_for(std::string_view path, const net::http::RequestHead& head)
{
    if (const Door* door = door_at(path)) return *door;
    return door_of(head.headers.find("anthropic-version") ? Protocol::anthropic : Protocol::openai_chat);
}

/// What requests share that began with one configuration. Lives as long as the last of them.
struct Generation {
    Generation(net::Runtime& runtime, Settings with, MemoryOfFailure& memory, SessionFactsReader& reader,
               Observer& observer, net::TaskGroup& leftovers, std::list<net::Condition*>& waiting,
               wire::json::Parser& answers)
        : settings(std::move(with)),
          chains(chains_of(settings.policy, settings.targets, memory)),
          arranger(settings.policy.session, memory, reader),
          redactor(redactor_for(settings)),
          dialer(runtime),
          client(runtime, client_on(dialer)),
          shared{runtime,  settings.targets, settings.policy, memory,  client, redactor,
                 observer, leftovers,        waiting,         answers, {}}
    {
        for (const Target& target : settings.targets) {
            if (target.tls) dialer.secure(target.endpoint, target.tls);
        }
        for (const auto& [name, own] : settings.policy.providers) {
            const auto page = net::http::parse_url(own.status_page);
            if (page && page->scheme == net::http::Scheme::https)
                dialer.secure(page->endpoint, net::tls::trusting_system());
        }
    }

    bool ends_with_terminal_tool(const Door& door, std::string_view body) const;
    /// Those that this caller may use; null: all.
    std::vector<std::string> aliases(const Caller* caller) const;

    Settings settings;
    std::map<std::string, Chain> chains;
    Arranger arranger;
    Redactor redactor;
    net::tls::Dialer dialer;
    net::http::Client client;
    Shared shared;
};

bool Generation::ends_with_terminal_tool(const Door& door, std::string_view body) const
{
    const std::vector<std::string>& terminal = settings.policy.terminal_tools;
    if (terminal.empty()) return false;
    const auto request = door.read(body);
    if (!request) return false;
    const std::vector<std::string> answered = tools_answered_last(*request.value);
    return std::any_of(answered.begin(), answered.end(), [&](const std::string& name) {
        return std::find(terminal.begin(), terminal.end(), name) != terminal.end();
    });
}

std::vector<std::string> Generation::aliases(const Caller* caller) const
{
    std::vector<std::string> names;
    for (const auto& [alias, chain] : chains) {
        if (caller == nullptr || caller->may_use(alias)) names.push_back(alias);
    }
    return names;
}

/// A request for a model: what it asks for, who is asked in which order, and who carries it out.
struct Order {
    Order(const Door& door, bool embeddings) : asked{door, {}, embeddings} {}

    AskedFor asked;
    Arrangement arrangement;
    std::optional<Relay> relay;
};

/// One request on its way through the doors.
struct Visit {
    const std::shared_ptr<Generation>& lasting;
    Generation& generation;
    net::http::ServerExchange& exchange;
    RequestRecord& record;
    net::Chance chance;                                  ///< about this request
    net::Instant now;                                    ///< it is on its way without a wait
    const Caller* caller = nullptr;                      ///< null: callers need no token
    const Door* door = &door_of(Protocol::openai_chat);  ///< whose words errors are in
    bool asks_a_model = false;
    bool keyed = false;                               ///< it has an Idempotency-Key
    std::unique_ptr<Order> order{};                   ///< null: it asks for something else
    WatchedExchange* with_body_as_it_came = nullptr;  ///< null: its body has nothing more that callers may not say
};

/// True if there was something that a caller may not say.
bool take_out_connection_fields(WatchedExchange& from)
{
    auto stripped = without_connection_fields(from.request().body);
    if (stripped) from.replace_body(*std::move(stripped));
    return stripped.has_value();
}

/// A keyed request goes on apart from the caller who began it.
struct LedRequest {
    std::shared_ptr<Generation> generation;
    RequestRecord record;
    net::Chance chance;
    const Caller* caller = nullptr;
};

}  // namespace

namespace {

/// Whose keys and queued calls these are.
std::string owner_of(const Visit& visit)
{
    return visit.caller != nullptr ? "caller " + visit.caller->name : caller_of(visit.exchange.request().head.headers);
}

}  // namespace

struct Router::State {
    State(net::Runtime& in, std::unique_ptr<net::Listener> listener, Settings settings,
          const net::http::Limits& its_limits, net::Chance its_chance, Observer& its_observer,
          std::shared_ptr<MemoryOfFailure> its_memory, const DurableSettings& durable)
        : runtime(in),
          memory(std::move(its_memory)),
          chance(its_chance),
          observer(its_observer),
          leftovers(in.executor()),
          volatile_store(in.executor(), volatile_disk),
          idempotency(
              in, durable.store != nullptr ? *durable.store : volatile_store, durable.idempotency,
              [this](const SurfacedError& error, std::string_view path) {
                  return door_of_path(path).error_response(error, current->redactor);
              },
              its_observer),
          tools(in, settings.dependencies, durable.store != nullptr ? *durable.store : volatile_store,
                its_chance.about("tools"), its_observer),
          background(in.executor()),
          health(
              in, *memory, its_observer, [this] { return watched(); }, [this] { wake_the_waiting(); }),
          inside_tasks(in.executor()),
          to_owner(in, {}),
          limits(its_limits),
          server(in, std::move(listener), server_settings(limits),
                 [this](net::http::ServerExchange& exchange) { return handle(exchange); })
    {
        become(std::move(settings));
        server.wrap_streams([this](net::StreamPtr wire) {
            const net::tls::Context& tls = current->settings.tls;
            return tls ? net::tls::serve(runtime, std::move(wire), tls) : std::move(wire);
        });
    }

    net::Task<std::exception_ptr> end(bool broken);
    void become(Settings settings);
    Watched watched() const;
    void wake_the_waiting();
    /// Its body is a provider's; a tool's belongs to the tool, whatever is in it.
    bool asks_a_model(std::string_view path) const
    {
        return !tools.takes(path) && (door_at(path) != nullptr || path == embeddings_path);
    }
    bool is_of_the_owner(const net::http::Request& request) const
    {
        return is_keyed(request) || tools.takes(net::http::path_of(request.head.target));
    }
    net::Task<void> handle(net::http::ServerExchange& exchange);
    RequestRecord begin(const net::http::Request& request, net::Chance about) const;
    net::Task<void> enter(Visit& visit);
    net::Task<void> enter_keyed(Visit& visit);
    net::Task<void> lead(net::http::ServerExchange& flight, std::shared_ptr<LedRequest> led);
    net::Task<void> route(Visit& visit);
    net::Task<void> complete(Visit& visit);
    std::optional<SurfacedError> admit(Visit& visit, Order& order);
    std::string read_facts(const Visit& visit, Order& order);
    void leave(Visit& visit) const;
    /// How long its caller has to wait before it may ask again; nothing: it has taken one of those it may.
    std::optional<net::Duration> wait_of_caller(const Visit& visit) const
    {
        if (visit.caller == nullptr || visit.caller->requests_per_minute == 0) return std::nullopt;
        return visit.caller->meter->take(visit.caller->requests_per_minute, visit.now);
    }
    net::Task<void> list_models(Visit& visit);
    net::Task<void> operate(net::http::Request request, std::function<void(net::http::Response)> done);
    net::Task<void> refuse(Visit& visit, SurfacedError error, std::string_view header = {},
                           std::string_view value = {});

    net::Runtime& runtime;
    std::shared_ptr<MemoryOfFailure> memory;  ///< of every configuration: it knows providers by name
    SessionFactsReader session_reader;
    net::Chance chance;
    Observer& observer;
    net::TaskGroup leftovers;
    std::list<net::Condition*> waiting;
    std::shared_ptr<Generation> current;
    FactsReader facts_reader;
    wire::json::Parser answers;
    std::uint64_t requests = 0;
    store::MemoryDisk volatile_disk;  ///< for a router without a store
    store::MemoryStore volatile_store;
    Idempotency idempotency;
    Tools tools;
    net::TaskGroup background;
    HealthWatch health;
    bool graceful = false;
    bool ending = false;                        ///< no caller is left; what goes on, goes on alone
    std::optional<net::Endpoint> owner;         ///< of keyed requests, if it is another loop
    std::unique_ptr<net::http::Server> inside;  ///< where the others pass them on
    net::TaskGroup inside_tasks;
    net::http::Client to_owner;
    net::http::Limits limits;
    net::http::Server server;
};

void Router::State::become(Settings settings)
{
    if (current) keep_meters(settings.callers, current->settings.callers);
    tools.become(settings.dependencies);
    current = std::make_shared<Generation>(runtime, std::move(settings), *memory, session_reader, observer, leftovers,
                                           waiting, answers);
    current->shared.lifetime = std::weak_ptr<const void>(current);
    health.configuration_changed();
}

Watched Router::State::watched() const
{
    return {current, current->settings.policy, current->settings.targets, current->client};
}

void Router::State::wake_the_waiting()
{
    for (net::Condition* condition : waiting) condition->notify_all();
}

RequestRecord Router::State::begin(const net::http::Request& request, net::Chance about) const
{
    RequestRecord record;
    record.id = "req_";
    record.id.append_hex(about.about("id").bits());
    record.path = net::http::path_of(request.head.target);
    record.began = runtime.clock().now();
    const net::http::Headers& headers = request.head.headers;
    const auto parent =
        read_trace_context(headers.find("traceparent").value_or(""), headers.find("tracestate").value_or(""));
    if (parent) record.parent_span = parent->span_id;
    record.trace = child_of(parent, about);
    return record;
}

/// From here on the request is known by its id, whatever becomes of it.
net::Task<void> Router::State::handle(net::http::ServerExchange& exchange)
{
    if (owner && is_of_the_owner(exchange.request())) {
        co_await pass_to_owner(exchange, to_owner, runtime.clock(), *owner);
        co_return;
    }
    const std::shared_ptr<Generation> generation = current;
    const net::Chance about = chance.about(++requests);
    RequestRecord record = begin(exchange.request(), about);
    observer.request_began({record.id, record.began});
    WatchedExchange watched(exchange, runtime.clock(), record.id);
    const bool known_path = asks_a_model(record.path);
    const bool keyed = is_keyed(exchange.request());
    if (keyed && known_path) take_out_connection_fields(watched);  // its key stands for the rest of the body
    Visit visit{generation, *generation, watched, record, about, record.began};
    visit.asks_a_model = known_path;
    visit.keyed = keyed;
    if (!keyed) visit.with_body_as_it_came = &watched;
    std::exception_ptr problem;
    try {
        co_await enter(visit);
        leave(visit);
    } catch (...) {
        problem = std::current_exception();
    }
    visit.order.reset();
    if (!known_path) generation->redactor.clean_up(record.path);  // a caller may have put its token there
    record.took = runtime.clock().now() - record.began;
    record.status = watched.status();
    record.whole = watched.whole();
    record.client_left = !watched.whole() && watched.client_gone();
    if (watched.first_byte()) record.first_content = *watched.first_byte() - record.began;
    observer.request_ended(record);
    if (problem) std::rethrow_exception(problem);
}

// The way to the relay is plain functions: what a coroutine remembers of it would be kept as long as a stream is open.

net::Task<void> Router::State::enter(Visit& visit)
{
    visit.door = &door_for(visit.record.path, visit.exchange.request().head);
    const std::vector<Caller>& callers = visit.generation.settings.callers;
    if (!callers.empty()) {
        visit.caller = find_caller(callers, presented_token(visit.exchange.request().head.headers));
        if (visit.caller == nullptr) {
            return refuse(visit, refusal(401, "invalid_api_key", "a token of one of this router's callers is needed"),
                          "www-authenticate", "Bearer");
        }
        visit.record.caller = visit.caller->name;
    }
    const bool keyed = visit.keyed && !tools.queues(visit.exchange.request().head);
    return keyed ? enter_keyed(visit) : route(visit);
}

net::Task<void> Router::State::enter_keyed(Visit& visit)
{
    const auto led = std::make_shared<LedRequest>(LedRequest{visit.lasting, visit.record, visit.chance, visit.caller});
    Idempotency::Handler leader = [this, led](net::http::ServerExchange& flight) { return lead(flight, led); };
    const KeyedEnd end = co_await idempotency.serve(visit.exchange, owner_of(visit), std::move(leader));
    if (end.how == KeyedEnd::How::led) visit.record = led->record;
    visit.record.keyed = spelling(end.how);
    if (!end.error_code.empty()) visit.record.error_code = end.error_code;
}

net::Task<void> Router::State::lead(net::http::ServerExchange& flight, std::shared_ptr<LedRequest> led)
{
    Visit visit{led->generation, *led->generation,      flight,     led->record,
                led->chance,     runtime.clock().now(), led->caller};
    visit.door = &door_for(visit.record.path, flight.request().head);
    visit.asks_a_model = asks_a_model(visit.record.path);
    co_await route(visit);
    leave(visit);
}

net::Task<void> Router::State::route(Visit& visit)
{
    const net::http::RequestHead& head = visit.exchange.request().head;
    const std::string_view path = visit.record.path;
    if (visit.asks_a_model) {
        if (head.method == "POST") return complete(visit);
        return refuse(visit, refusal(405, "method_not_allowed", fmt::format("use POST for {}", path)), "allow", "POST");
    }
    if (tools.takes(path)) return tools.serve(visit.exchange, std::string(visit.record.id), owner_of(visit));
    if (path == "/v1/models") {
        if (head.method == "GET") return list_models(visit);
        return refuse(visit, refusal(405, "method_not_allowed", "use GET for /v1/models"), "allow", "GET");
    }
    const std::string message = fmt::format("there is no {}; there are POST {}, {} and GET /v1/models", path,
                                            fmt::join(door_paths(), ", "), embeddings_path);
    return refuse(visit, refusal(404, "unknown_url", message));
}

net::Task<void> Router::State::complete(Visit& visit)
{
    visit.order = std::make_unique<Order>(*visit.door, visit.record.path == embeddings_path);
    Order& order = *visit.order;
    std::optional<SurfacedError> refused = admit(visit, order);
    if (refused) return refuse(visit, *std::move(refused));
    order.relay.emplace(visit.generation.shared, visit.exchange, order.asked, std::move(order.arrangement.chain),
                        visit.record, visit.chance, visit.now);
    return order.relay->run();
}

/// Its request was carried out.
void Router::State::leave(Visit& visit) const
{
    if (visit.order)
        visit.generation.arranger.remember(visit.order->arrangement, visit.record.served_by, runtime.clock());
    visit.order.reset();
}

/// What is wrong with the body; empty: nothing.
std::string Router::State::read_facts(const Visit& visit, Order& order)
{
    const std::string& body = visit.exchange.request().body;
    RequestFacts& facts = order.asked.facts;
    std::string problem;
    order.asked.embeddings ? facts_reader.read_embeddings(body, facts, problem)
                           : visit.door->read_facts(facts_reader, body, facts, problem);
    return problem;
}

/// Why it is not carried out; nothing if it is: then all of `order` is filled in.
std::optional<SurfacedError> Router::State::admit(Visit& visit, Order& order)
{
    RequestFacts& facts = order.asked.facts;
    std::string problem = read_facts(visit, order);
    const bool may_say_too_much = visit.with_body_as_it_came != nullptr && (!problem.empty() || facts.names_connection);
    if (may_say_too_much && take_out_connection_fields(*visit.with_body_as_it_came)) problem = read_facts(visit, order);
    if (!problem.empty()) return refusal(400, "invalid_request", problem);
    const std::string& body = visit.exchange.request().body;
    visit.record.stream = facts.stream;
    if (facts.choices < 1 || facts.choices > most_choices)
        return refusal(400, "invalid_request", fmt::format("'n' must be from 1 to {}", most_choices));
    const auto chain = visit.generation.chains.find(facts.model);
    if (chain == visit.generation.chains.end() || chain->second.links.empty())
        return surface_unknown_model(facts.model, visit.generation.aliases(visit.caller));
    if (visit.caller != nullptr && !visit.caller->may_use(facts.model)) {
        return refusal(403, "model_not_allowed",
                       fmt::format("caller '{}' may not use the model '{}'", visit.caller->name, facts.model));
    }
    visit.record.model = facts.model;
    if (const auto wait = wait_of_caller(visit))
        return surface_rate_of_caller(visit.caller->name, visit.caller->requests_per_minute, *wait);
    const ArrangeInput wanted{chain->second, facts.model, visit.record.caller, visit.exchange.request(),
                              visit.chance,  visit.now};
    auto arranged = visit.generation.arranger.arrange(wanted);
    if (const auto* wrong = std::get_if<std::string>(&arranged)) return refusal(400, "invalid_request", *wrong);
    order.arrangement = std::get<Arrangement>(std::move(arranged));
    facts.after_terminal_tool =
        facts.last_is_tool_result && visit.generation.ends_with_terminal_tool(*visit.door, body);
    fit_chain(order.arrangement.chain.links, visit.generation.settings.targets, visit.generation.settings.policy,
              order.asked, body);
    return std::nullopt;
}

net::Task<void> Router::State::refuse(Visit& visit, SurfacedError error, std::string_view header,
                                      std::string_view value)
{
    visit.record.error_code = error.code;
    net::http::Response response = visit.door->error_response(error, visit.generation.redactor);
    if (!header.empty()) response.head.headers.add(header, value);
    co_await reply_within(short_answer_patience, visit.exchange, runtime.clock(), std::move(response));
}

net::Task<void> Router::State::list_models(Visit& visit)
{
    const auto created = std::chrono::floor<std::chrono::seconds>(runtime.wall().now()).time_since_epoch().count();
    net::http::Response response;
    response.head.headers.add("content-type", "application/json");
    response.body = visit.door->write_models(visit.generation.aliases(visit.caller), created);
    co_await reply_within(short_answer_patience, visit.exchange, runtime.clock(), std::move(response));
}

net::Task<void> Router::State::operate(net::http::Request request, std::function<void(net::http::Response)> done)
{
    net::http::Response response = co_await tools.operate(std::move(request));
    done(std::move(response));
}

Router::Router(net::Runtime& runtime, std::unique_ptr<net::Listener> listener, Settings settings,
               net::http::Limits limits, net::Chance chance, Observer& observer,
               std::shared_ptr<MemoryOfFailure> memory, DurableSettings durable)
    : state_(std::make_unique<State>(runtime, std::move(listener), std::move(settings), limits, chance, observer,
                                     memory ? std::move(memory) : std::make_shared<MemoryOfFailure>(), durable))
{
}

Router::Router(net::Runtime& runtime, std::unique_ptr<net::Listener> listener, std::vector<Target> targets,
               Policy policy, net::Chance chance, Observer& observer, std::shared_ptr<MemoryOfFailure> memory)
    : Router(runtime, std::move(listener), Settings{std::move(targets), std::move(policy), {}, {}}, {}, chance,
             observer, std::move(memory))
{
}

Router::~Router() = default;

net::Endpoint Router::endpoint() const
{
    return state_->server.endpoint();
}

void Router::keyed_requests_go_to(net::Endpoint owner)
{
    state_->owner = std::move(owner);
}

void Router::also_listen(std::unique_ptr<net::Listener> inside)
{
    State& state = *state_;
    state.inside = std::make_unique<net::http::Server>(
        state.runtime, std::move(inside), server_settings(state.limits),
        [&state](net::http::ServerExchange& exchange) { return state.handle(exchange); });
}

void Router::reconfigure(Settings settings)
{
    state_->become(std::move(settings));
}

void Router::operate_queue(net::http::Request request, std::function<void(net::http::Response)> done)
{
    state_->background.spawn(state_->operate(std::move(request), std::move(done)));
}

namespace {

/// What was thrown, also if it was that the calling task is cancelled: then `task` has done its work all the same.
net::Task<std::exception_ptr> problem_of(net::Task<void> task)
{
    std::exception_ptr problem;
    try {
        co_await std::move(task);
    } catch (...) {
        problem = std::current_exception();
    }
    co_return problem;
}

}  // namespace

/// Every group of tasks is joined, whatever one of them throws.
net::Task<std::exception_ptr> Router::State::end(bool broken)
{
    if (broken) inside_tasks.cancel();
    std::exception_ptr first = co_await problem_of(inside_tasks.join());
    ending = true;
    if (!graceful) tools.cancel();
    if (!graceful || broken) idempotency.cancel();
    std::exception_ptr next = co_await problem_of(tools.stop());
    if (!first) first = next;
    next = co_await problem_of(idempotency.stop());
    if (!first) first = next;
    background.cancel();
    next = co_await problem_of(background.join());
    if (!first) first = next;
    leftovers.cancel();
    next = co_await problem_of(leftovers.join());
    current->client.close_idle();
    to_owner.close_idle();
    co_return first ? first : next;
}

net::Task<void> Router::serve()
{
    std::exception_ptr problem;
    state_->background.spawn(state_->idempotency.load());
    state_->background.spawn(state_->tools.run());
    state_->background.spawn(state_->health.probe());
    state_->background.spawn(state_->health.read_pages());
    if (state_->inside) state_->inside_tasks.spawn(state_->inside->serve());
    try {
        co_await state_->server.serve();
        co_await state_->inside_tasks.join();
    } catch (...) {
        problem = std::current_exception();
    }
    const std::exception_ptr at_the_end = co_await state_->end(problem != nullptr);
    if (!problem) problem = at_the_end;
    if (problem) std::rethrow_exception(problem);
}

void Router::stop(bool graceful)
{
    state_->graceful = graceful;
    state_->tools.drain();
    if (!graceful) state_->tools.cancel();
    if (!graceful && state_->ending) state_->idempotency.cancel();
    state_->server.stop(graceful);
    if (state_->inside) state_->inside->stop(graceful);
}

std::size_t Router::waiting_requests() const
{
    return state_->waiting.size();
}

std::size_t Router::open_connections() const
{
    return state_->server.open_connections() + (state_->inside ? state_->inside->open_connections() : 0);
}

}  // namespace chaos::router
