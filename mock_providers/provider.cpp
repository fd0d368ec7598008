// The shell of a provider: requests in, scripts played, everything told to the observer.
#include "mock_providers/provider.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <system_error>
#include <unordered_map>

#include "mock_providers/brain.hpp"
#include "mock_providers/dialects/dialect.hpp"
#include "mock_providers/fate.hpp"
#include "mock_providers/faults/deed.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/limits/callers.hpp"
#include "mock_providers/limits/limits.hpp"
#include "mock_providers/player.hpp"
#include "mock_providers/replay.hpp"
#include "mock_providers/tls_door.hpp"
#include "mock_providers/upstream.hpp"
#include "mock_providers/weather.hpp"
#include "net/http/server.hpp"
#include "net/json.hpp"
#include "net/task_group.hpp"

namespace chaos::mock_providers {

namespace {

std::unique_ptr<net::Listener> listen_as_provider(net::Runtime& runtime, const ProviderSpec& spec)
{
    net::Endpoint at;
    at.port = spec.port;
    auto listener = runtime.network().listen(at);
    if (!listener) {
        throw std::system_error(listener.error(),
                                fmt::format("provider '{}' cannot listen on port {}", spec.name, spec.port));
    }
    return std::move(*listener);
}

const Dialect& dialect_of(const ProviderSpec& spec)
{
    const Dialect* dialect = find_dialect(spec.dialect);
    if (dialect == nullptr) {
        throw std::invalid_argument("no dialect is called " + spec.dialect);
    }
    return *dialect;
}

net::http::ServerSettings provider_server_settings(const Dialect& dialect, const std::string& model)
{
    net::http::ServerSettings settings;
    settings.error_page = [&dialect, model](int status, std::string_view why) {
        wire::ProviderError error = dialect.usual_error(status, model);
        error.message += fmt::format(" ({})", why);
        return error_response(dialect.main_api(), error);
    };
    return settings;
}

void add_prefixes(Script& script, const Api::IdPrefixes& prefixes)
{
    script.answer.id.insert(0, prefixes.answer);
    for (wire::ToolCall& call : script.answer.tool_calls) {
        call.id.insert(0, prefixes.call);
    }
    if (script.following_call) {
        script.following_call->id.insert(0, prefixes.call);
    }
}

Occasion occasion_of(const Attempt& attempt, const wire::ChatRequest& request, const Situation& situation)
{
    Occasion occasion;
    occasion.ordinal = attempt.ordinal;
    occasion.task = attempt.task;
    occasion.step = attempt.step;
    occasion.nth_try = attempt.nth_try;
    occasion.stream = request.stream;
    occasion.model = request.model;
    occasion.first_turn = !situation.any_result;
    occasion.after_tool = situation.after_tool;
    occasion.final_turn = situation.all_done();
    return occasion;
}

/// A request that our own reader does not understand, and whoever is behind may: all that is known is its mode.
wire::Read<wire::ChatRequest> unreadable_but_passed(const net::http::Request& request)
{
    wire::Read<wire::ChatRequest> read;
    read.value.emplace();
    const auto body = net::parse_json(request.body);
    const bool asked = body && body->is_object() && body->contains("stream") && (*body)["stream"] == true;
    read.value->stream = asked || request.head.target.find(":stream") != std::string::npos;
    return read;
}

/// "primary-20000.chaos.test": `.test` belongs to nobody (RFC 6761), and the port makes it the only one.
std::string host_name(const std::string& provider, std::uint16_t port)
{
    std::string label;
    for (const char letter : provider) {
        const bool capital = letter >= 'A' && letter <= 'Z';
        const bool plain = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
        label += capital ? static_cast<char>(letter - 'A' + 'a') : plain ? letter : '-';
    }
    return fmt::format("{}-{}.chaos.test", label.substr(0, 40), port);
}

bool is_on(const ProviderSpec& spec, const FaultSpec& fault)
{
    return fault.target == spec.name && faults::layer_of(fault.parameters) != Layer::tool;
}

/// Those of its own; a scenario's list may be passed whole.
std::vector<FaultSpec> faults_on(const ProviderSpec& spec, std::vector<FaultSpec> faults)
{
    std::erase_if(faults, [&spec](const FaultSpec& fault) { return !is_on(spec, fault); });
    return faults;
}

}  // namespace

struct Provider::State {
    State(net::Runtime& runtime_, ProviderSpec spec_, std::vector<FaultSpec> faults, net::Chance chance_,
          std::string run_, Observer& observer_, std::shared_ptr<const net::tls::Authority> authority)
        : runtime(runtime_),
          spec(std::move(spec_)),
          dialect(dialect_of(spec)),
          run(std::move(run_)),
          observer(observer_),
          chance(chance_),
          fate(faults_on(spec, faults), chance_),
          limits(spec.limits, dialect.usual_window()),
          server(runtime, listen_as_provider(runtime, spec), provider_server_settings(dialect, spec.model),
                 [this](net::http::ServerExchange& exchange) { return take_turn(exchange); }),
          link(runtime.clock(), runtime.executor(), server.listener()),
          weather(runtime, link, server.listener(), spec.name, faults_on(spec, faults), chance_, observer),
          windows(runtime.executor())
    {
        const auto own = faults_on(spec, std::move(faults));
        if (std::any_of(own.begin(), own.end(), &is_of_names)) {
            take_name();
        }
        if (spec.upstream) {
            behind = make_upstream(runtime, spec);
        } else if (spec.replay) {
            behind = make_replay(runtime, spec.name, *spec.replay);
        }
        if (spec.tls) {
            tls = std::make_unique<TlsDoor>(runtime, std::move(authority), name ? name->text() : "");
        }
        server.wrap_streams([this](net::StreamPtr stream) { return accepted(std::move(stream)); });
    }

    void take_name()
    {
        auto owned = runtime.network().own_name(host_name(spec.name, server.endpoint().port));
        if (owned) {
            name = std::move(*owned);
            weather.set_name(*name);
        } else if (owned.error() == boost::asio::error::operation_not_supported) {
            weather.skip_names(
                "this machine asks somebody before its name servers, or in their place (see hosts: in "
                "/etc/nsswitch.conf), so that nobody would ask us");
        } else {
            weather.skip_names(fmt::format("the provider can have no name: {}", owned.error().message()));
        }
    }

    std::optional<net::Duration> since_zero() const
    {
        return zero ? std::optional(runtime.clock().now() - *zero) : std::nullopt;
    }

    /// When what a fault holds goes on.
    net::Instant release_of(const Fate::Cast& cast) const { return cast.closes ? *zero + *cast.closes : net::never; }

    /// A connection fault acts here, before anything was read.
    net::StreamPtr accepted(net::StreamPtr stream)
    {
        ++connections;
        observer.connection_opened(spec.name, connections);
        if (weather.any() || faults_may_change) {
            stream = link.wrap(std::move(stream), connections);
        }
        Fate::Cast fallen;
        Attempt nobody;
        nobody.provider = spec.name;
        nobody.connection = connections;
        for (const Fate::Cast& cast : fate.decide_connection(connections, since_zero())) {
            observer.fault_opportunity(cast.fault->name, nobody, cast.fell);
            if (cast.fell) {
                fallen = cast;
            }
        }
        if (fallen.fell && std::holds_alternative<faults::Reset>(fallen.fault->parameters)) {
            stream->close(net::Close::reset);
            observer.fault_delivered(fallen.fault->name, nobody, Proof::delivered,
                                     "RST as soon as the connection was there");
        }
        return tls ? shake_hands(std::move(stream), fallen, nobody) : std::move(stream);
    }

    /// What fell may be nothing, or another fault than one of handshakes.
    net::StreamPtr shake_hands(net::StreamPtr stream, const Fate::Cast& fallen, const Attempt& nobody)
    {
        const auto* deed = fallen.fell ? std::get_if<faults::Tls>(&fallen.fault->parameters) : nullptr;
        if (deed == nullptr) {
            return tls->open(std::move(stream));
        }
        return tls->open(std::move(stream), *deed, release_of(fallen),
                         [this, fault = fallen.fault, nobody](const std::string& what) {
                             observer.fault_delivered(fault->name, nobody, Proof::delivered, what);
                         });
    }

    /// The link learns when a connection works and when it rests. One whose exchange failed does not come to rest.
    net::Task<void> take_turn(net::http::ServerExchange& exchange)
    {
        link.exchange_began(exchange.connection());
        co_await handle(exchange);
        link.exchange_ended(exchange.connection());
    }

    net::Task<void> handle(net::http::ServerExchange& exchange)
    {
        if (const Api* api = dialect.api_for(exchange.request().head)) {
            return converse(exchange, *api);
        }
        return behind ? play(unseen_player(exchange))
                      : say(exchange, dialect.page({exchange.request(), spec, created()}));
    }

    /// Everything that is to be known of a request is known before its answer begins: the answer may take minutes, and
    /// the conversation that was read is not kept as long.
    net::Task<void> converse(net::http::ServerExchange& exchange, const Api& api)
    {
        auto read = api.read_request(exchange.request());
        if (!read && behind) {
            read = unreadable_but_passed(exchange.request());
        }
        if (!read) {
            observer.stray_received(spec.name, "not a chat request: " + read.problem);
            return say(exchange, error_response(api, dialect.unreadable(read.problem, spec.model)));
        }
        const wire::ChatRequest& request = *read.value;
        if (behind) {
            return serve_attempt(engage(exchange, api, request, understand(request)));
        }
        if (std::optional<net::http::Response> aside = dialect.aside({exchange.request(), spec, created()}, request)) {
            return say(exchange, std::move(*aside));
        }
        const Situation situation = understand(request);
        if (situation.brief && situation.brief->run != run) {
            observer.stray_received(spec.name, fmt::format("task '{}' belongs to another run", situation.brief->task));
            return play(stray_player(exchange, api, request, situation));
        }
        return serve_attempt(engage(exchange, api, request, situation));
    }

    net::Task<void> say(net::http::ServerExchange& exchange, net::http::Response response)
    {
        const net::Error ignored = co_await exchange.respond(std::move(response));
        static_cast<void>(ignored);  // a client that is gone needs no answer
    }

    net::Task<void> play(std::unique_ptr<Player> player) { co_await player->play(); }

    /// What is no request for an answer: it is no attempt, and meets no fault.
    std::unique_ptr<Player> unseen_player(net::http::ServerExchange& exchange)
    {
        wire::ChatRequest nothing;
        Script script = passing_script(exchange.request(), dialect.main_api(), nothing);
        return std::make_unique<Player>(runtime, exchange, std::move(script), net::http::Headers{}, [] {});
    }

    /// A stray is answered as well as any, but counts nowhere and meets no fault.
    std::unique_ptr<Player> stray_player(net::http::ServerExchange& exchange, const Api& api,
                                         const wire::ChatRequest& request, const Situation& situation)
    {
        const std::string name = spec.name + "#0";
        Script script = healthy_script(exchange.request().head, api, request, situation, name);
        return std::make_unique<Player>(runtime, exchange, std::move(script), usual_headers(name), [] {});
    }

    /// What awaits an attempt.
    struct Prospect {
        std::vector<SharedFault> acting;  ///< the faults in its script
        bool admitted = false;            ///< it is under way until it leaves its caller's limits
        std::string used_up;              ///< why it is not answered; empty: it is within its limits
    };

    /// An attempt and who answers it.
    struct Engaged {
        Attempt attempt;
        Prospect prospect;
        std::unique_ptr<Player> player;
    };

    std::unique_ptr<Engaged> engage(net::http::ServerExchange& exchange, const Api& api,
                                    const wire::ChatRequest& request, const Situation& situation)
    {
        auto engaged = std::make_unique<Engaged>();
        engaged->attempt = receive(exchange, situation);
        observer.attempt_received(engaged->attempt, request);
        engaged->player = prepare(exchange, api, request, situation, engaged->attempt, engaged->prospect);
        if (!behind) exchange.forget_request();
        return engaged;
    }

    net::Task<void> serve_attempt(std::unique_ptr<Engaged> engaged)
    {
        std::exception_ptr trouble;
        try {
            co_await engaged->player->play();
        } catch (...) {
            trouble = std::current_exception();
            engaged->player->interrupted();
        }
        if (engaged->prospect.admitted) {
            limits.leave(engaged->attempt.caller);
        }
        report(engaged->attempt, engaged->prospect, engaged->player->sent());
        if (trouble) {
            std::rethrow_exception(trouble);
        }
    }

    /// `attempt` must outlive the player.
    std::unique_ptr<Player> prepare(net::http::ServerExchange& exchange, const Api& api,
                                    const wire::ChatRequest& request, const Situation& situation,
                                    const Attempt& attempt, Prospect& prospect)
    {
        Script script = behind ? passing_script(exchange.request(), api, request)
                               : healthy_script(exchange.request().head, api, request, situation, attempt.name);
        net::http::Headers headers = usual_headers(attempt.name);
        if (spec.limits.any() && !script.instead) {
            meet_limits(attempt, request, script, headers, prospect);
        }
        prospect.acting = meet_fate(attempt, request, situation, exchange.request().head.headers, script);
        return std::make_unique<Player>(runtime, exchange, std::move(script), std::move(headers),
                                        [this, &attempt] { observer.output_started(attempt); });
    }

    /// Counts what would be answered; what is beyond the limits is refused in the vendor's words.
    void meet_limits(const Attempt& attempt, const wire::ChatRequest& request, Script& script,
                     net::http::Headers& headers, Prospect& prospect)
    {
        // Of an answer that is still to come from elsewhere only the prompt is known.
        const wire::Usage usage = script.answer.usage.value_or(wire::Usage{estimate_tokens(request), 0});
        const Admission admission =
            limits.admit(attempt.caller, runtime.clock().now(), usage.prompt_tokens + usage.completion_tokens);
        dialect.add_standing(headers, admission.standing, runtime.wall().now());
        prospect.admitted = !admission.refused;
        if (!admission.refused) {
            return;
        }
        prospect.used_up = in_words(*admission.refused);
        script.instead = dialect.over_limit(*script.api, script.answer.model, *admission.refused);
        if (admission.refused->wait) {
            script.told_wait = dialect.told_wait(*admission.refused->wait);
        }
    }

    Attempt receive(const net::http::ServerExchange& exchange, const Situation& situation)
    {
        Attempt attempt;
        attempt.provider = spec.name;
        attempt.ordinal = ++requests;
        attempt.name = fmt::format("{}#{}", spec.name, attempt.ordinal);
        attempt.connection = exchange.connection();
        attempt.task = situation.brief ? situation.brief->task : "";
        attempt.step = situation.step;
        attempt.caller = callers.name_of(exchange.request().head);
        attempt.nth_try = ++tries[fmt::format("{}/{}", attempt.task, attempt.step)];
        return attempt;
    }

    /// What comes from elsewhere comes at its own pace.
    Script passing_script(const net::http::Request& asked, const Api& api, const wire::ChatRequest& request) const
    {
        Script script;
        script.dialect = &dialect;
        script.api = &api;
        script.stream = request.stream;
        script.natural = script.pace = Pace{net::Duration{}, net::Duration{}};
        script.answer.model = request.model.empty() ? spec.model : request.model;
        script.passage = behind->ask(asked);
        return script;
    }

    /// The vendor's own rules first, then those that the scenario adds.
    std::optional<wire::ProviderError> refusal_of(const net::http::RequestHead& head,
                                                  const wire::ChatRequest& request) const
    {
        auto refusal = dialect.refusal(head, request, spec);
        const auto sentence = refusal ? std::nullopt : objection(spec.refuses, request);
        if (sentence) {
            refusal = dialect.usual_error(400, spec.model);
            refusal->message = *sentence;
        }
        return refusal;
    }

    Script healthy_script(const net::http::RequestHead& head, const Api& api, const wire::ChatRequest& request,
                          const Situation& situation, const std::string& attempt_name) const
    {
        Script script;
        script.dialect = &dialect;
        script.api = &api;
        script.stream = request.stream;
        script.include_usage = request.include_usage;
        script.natural = spec.pace;
        script.pace = spec.pace;
        if (const auto refusal = refusal_of(head, request)) {
            script.instead = error_response(api, *refusal);
            script.answer.model = spec.model;
            return script;
        }
        script.answer = next_turn(situation, request, attempt_name, spec.answer_tokens, spec.brain);
        script.answer.created = created();
        script.following_call = following_call(situation, request, attempt_name, spec.brain);
        add_prefixes(script, api.id_prefixes());
        return script;
    }

    /// Casts the dice, edits the script, and returns the faults that act.
    std::vector<SharedFault> meet_fate(const Attempt& attempt, const wire::ChatRequest& request,
                                       const Situation& situation, const net::http::Headers& headers, Script& script)
    {
        std::vector<SharedFault> acting;
        if (fate.empty()) {
            return acting;
        }
        Occasion occasion = occasion_of(attempt, request, situation);
        occasion.at = since_zero();
        occasion.headers = &headers;
        const auto applies = [&script](const FaultSpec& fault) { return faults::applies(fault.parameters, script); };
        for (const Fate::Cast& cast : fate.decide(occasion, applies)) {
            observer.fault_opportunity(cast.fault->name, attempt, cast.fell);
            if (cast.fell) {
                if (faults::stage_of(cast.fault->parameters) == faults::Stage::opening) {
                    script.told_wait.reset();  // what the limits would have said is not sent
                }
                faults::inject(cast.fault->parameters, script, release_of(cast));
                acting.push_back(cast.fault);
            }
        }
        return acting;
    }

    void report(const Attempt& attempt, const Prospect& prospect, const Sent& sent)
    {
        for (const SharedFault& fault : prospect.acting) {
            if (const auto what = faults::proof(fault->parameters, sent)) {
                observer.fault_delivered(fault->name, attempt, Proof::delivered, *what);
            }
        }
        if (sent.problem) {
            observer.upstream_failed(attempt, *sent.problem);
        }
        if (sent.told_wait) {
            observer.told_to_wait(attempt, *sent.told_wait, prospect.acting.empty() ? prospect.used_up : "");
        }
        observer.attempt_ended(attempt, sent.status, sent.end, sent.tokens);
    }

    std::int64_t created() const
    {
        return std::chrono::floor<std::chrono::seconds>(runtime.wall().now()).time_since_epoch().count();
    }

    net::http::Headers usual_headers(const std::string& attempt_name) const
    {
        return dialect.usual_headers(chance.about("request id").about(attempt_name));
    }

    net::Runtime& runtime;
    ProviderSpec spec;
    const Dialect& dialect;
    std::string run;
    Observer& observer;
    net::Chance chance;
    Fate fate;
    Callers callers;
    Limits limits;
    bool faults_may_change = false;
    std::optional<net::Instant> zero;
    std::uint64_t connections = 0;
    std::uint64_t requests = 0;
    std::unordered_map<std::string, std::uint64_t> tries;  ///< by task and step
    net::http::Server server;
    net::faults::Link link;
    Weather weather;
    std::unique_ptr<net::HostName> name;  ///< null: no fault needs one, or it cannot be had
    net::TaskGroup windows;
    std::unique_ptr<TlsDoor> tls;    ///< null: plain HTTP
    std::unique_ptr<Behind> behind;  ///< null: the brain answers
};

Provider::Provider(net::Runtime& runtime, ProviderSpec spec, std::vector<FaultSpec> faults, net::Chance chance,
                   std::string run, Observer& observer, std::shared_ptr<const net::tls::Authority> authority)
    : state_(std::make_unique<State>(runtime, std::move(spec), std::move(faults), chance, std::move(run), observer,
                                     std::move(authority)))
{
}

Provider::~Provider() = default;

net::Endpoint Provider::endpoint() const
{
    return state_->server.endpoint();
}

net::Endpoint Provider::address() const
{
    net::Endpoint at = endpoint();
    if (state_->name) {
        at.host = state_->name->text();
    }
    return at;
}

std::string Provider::url() const
{
    return (state_->spec.tls ? "https://" : "http://") + net::to_string(endpoint());
}

const ProviderSpec& Provider::spec() const
{
    return state_->spec;
}

net::Task<void> Provider::serve()
{
    state_->windows.spawn(state_->weather.run());
    std::exception_ptr trouble;  // above all a cancellation: the windows are joined all the same
    try {
        co_await state_->server.serve();
    } catch (...) {
        trouble = std::current_exception();
    }
    if (state_->behind) {
        state_->behind->stop();
    }
    state_->windows.cancel();
    co_await state_->windows.join();
    if (trouble) {
        std::rethrow_exception(trouble);
    }
}

void Provider::expect_other_faults()
{
    state_->faults_may_change = true;
    state_->name.reset();
    state_->weather.skip_names("whoever connects is another program, with a resolver that is not ours to answer");
}

void Provider::replace_faults(std::vector<SharedFault> faults)
{
    std::erase_if(faults, [this](const SharedFault& fault) { return !is_on(state_->spec, *fault); });
    state_->fate.replace(faults);
    state_->weather.replace(std::move(faults));
}

void Provider::set_toxics(std::vector<net::faults::SharedRule> toxics)
{
    state_->weather.set_toxics(std::move(toxics));
}

void Provider::set_down(bool down)
{
    state_->weather.set_down(down);
}

void Provider::count_anew()
{
    state_->connections = 0;
    state_->requests = 0;
    state_->tries.clear();
    state_->limits.forget();
    if (state_->behind) {
        state_->behind->count_anew();
    }
}

void Provider::follow(Witness& witness)
{
    state_->fate.follow(witness.milestones());
    state_->weather.follow(witness.milestones());
    witness.on_milestone([state = state_.get()] { state->weather.reached_one(); });
}

void Provider::start_clock(net::Instant zero)
{
    state_->zero = zero;
    state_->weather.start_clock(zero);
}

void Provider::stop()
{
    state_->server.stop();
}

}  // namespace chaos::mock_providers
