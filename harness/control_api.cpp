#include "harness/control_api.hpp"

#include <fmt/format.h>
#include <httplib.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <chrono>
#include <future>
#include <nlohmann/json.hpp>
#include <system_error>

#include "config/document.hpp"
#include "mock_providers/faults/read_when.hpp"
#include "mock_providers/faults/scope.hpp"
#include "mock_providers/faults/tool_scope.hpp"
#include "net/json.hpp"

namespace chaos::harness {
namespace {

using Json = nlohmann::ordered_json;
using mock_providers::FaultSpec;
using mock_providers::SharedFault;

constexpr std::size_t largest_body = 64 * 1024;
constexpr int most_followers = 4;  // each takes a thread of the server's pool, which has eight

void answer(httplib::Response& response, int status, const Json& body)
{
    response.status = status;
    response.set_content(net::dump_json(body) + "\n", "application/json");
}

template <class Spec>
std::vector<std::string> spec_names_of(const std::vector<Spec>& specs)
{
    std::vector<std::string> names;
    for (const Spec& spec : specs) names.push_back(spec.name);
    return names;
}

Json to_json(const FaultSpec& fault)
{
    return {{"name", fault.name},
            {"target", fault.target},
            {"fault", fault.fault},
            {"says", mock_providers::faults::in_words(fault)}};
}

}  // namespace

struct ControlApi::State {
    State(const Plan& plan_, net::Runtime& runtime_, Mocks& mocks_, EventLog& log_)
        : plan(plan_), runtime(runtime_), mocks(mocks_), log(log_), faults(mock_providers::shared(plan.scenario.faults))
    {
        server.set_payload_max_length(largest_body);
        server.set_pre_routing_handler([this](const auto& request, auto& response) {
            if (request.has_header("Origin")) {
                answer(response, 403, {{"error", "not for pages in a browser"}});
            } else if (request.method == "POST" && request.path == "/reset") {
                reset(response);  // here, since cpp-httplib refuses a POST without a body, which `curl -X POST` sends
            } else {
                return httplib::Server::HandlerResponse::Unhandled;
            }
            return httplib::Server::HandlerResponse::Handled;
        });
        server.Get("/health", [this](const auto&, auto& response) { answer(response, 200, health()); });
        server.Get("/faults", [this](const auto&, auto& response) { answer(response, 200, list()); });
        server.Post("/faults", [this](const auto& request, auto& response) { add(request.body, response); });
        server.Delete(R"(/faults/(.+))",
                      [this](const auto& request, auto& response) { remove(request.matches[1], response); });
        server.Get("/history", [this](const auto& request, auto& response) { history(request, response); });
        server.set_error_handler([](const auto& request, auto& response) {
            if (response.body.empty())
                answer(response, response.status,
                       {{"error", fmt::format("{} {} is not known here", request.method, request.path)}});
        });
    }

    /// Carries out `deed` on the loop of the mocks, and waits for it; a loop that has ended would never answer.
    template <class Deed>
    auto on_loop(Deed deed)
    {
        std::packaged_task<decltype(deed())()> task(std::move(deed));
        auto done = task.get_future();
        boost::asio::post(runtime.executor(), [task = std::move(task)]() mutable { task(); });
        while (done.wait_for(std::chrono::milliseconds(20)) != std::future_status::ready) {
            if (stopping) throw std::runtime_error("the mocks have stopped");
        }
        return done.get();
    }

    Json health()
    {
        return on_loop([this] {
            Json providers = Json::array();
            for (const auto& provider : mocks.providers()) {
                const auto& spec = provider->spec();
                providers.push_back(
                    {{"name", spec.name}, {"dialect", spec.dialect}, {"model", spec.model}, {"url", provider->url()}});
            }
            Json health = {{"status", "ok"},
                           {"providers", providers},
                           {"tools", "http://" + net::to_string(mocks.tools())},
                           {"mcp", "http://" + net::to_string(mocks.tools()) + "/mcp"}};
            if (mocks.status_page() != nullptr) {
                health["status_page"] = "http://" + net::to_string(mocks.status_page()->endpoint());
            }
            return health;
        });
    }

    Json list()
    {
        return on_loop([this] {
            Json entries = Json::array();
            for (const SharedFault& fault : faults) entries.push_back(to_json(*fault));
            return entries;
        });
    }

    /// The faults there are, and this one.
    std::vector<FaultSpec> with(const FaultSpec& fault)
    {
        std::vector<FaultSpec> all = on_loop([this] {
            std::vector<FaultSpec> present;
            for (const SharedFault& one : faults) present.push_back(*one);
            return present;
        });
        all.push_back(fault);
        return all;
    }

    void add(const std::string& body, httplib::Response& response)
    {
        config::Complaints complaints("fault");
        const auto node = config::parse(body, complaints);
        FaultSpec fault;
        if (node) {
            fault = mock_providers::faults::read_fault(*node, complaints, spec_names_of(plan.scenario.providers),
                                                       spec_names_of(plan.scenario.tools), ++nth);
            mock_providers::faults::check_scope(fault, plan.scenario.providers, complaints);
            mock_providers::faults::check_tool_scope(fault, plan.scenario.tools, mock_providers::faults::Doors::every, complaints);
            if (std::holds_alternative<mock_providers::faults::DnsFailure>(fault.parameters)) {
                complaints.add(node->at(), "dns_failure cannot be had here: whoever connects resolves names without us");
            }
            if (fault.when.after) mock_providers::faults::check_waiting(with(fault), complaints);
        }
        if (!complaints.empty()) {
            Json said = Json::array();
            for (const config::Complaint& complaint : complaints.sorted()) said.push_back(config::to_string(complaint));
            return answer(response, 400, {{"error", "the fault cannot be read"}, {"complaints", said}});
        }
        const std::string name = fault.name;
        if (!on_loop([&] { return insert(std::move(fault)); })) {
            return answer(response, 409, {{"error", fmt::format("a fault named '{}' is there already", name)}});
        }
        answer(response, 201, {{"name", name}});
    }

    bool insert(FaultSpec fault)
    {
        const bool taken = std::any_of(faults.begin(), faults.end(),
                                       [&](const SharedFault& other) { return other->name == fault.name; });
        if (taken) return false;
        faults.push_back(std::make_shared<const FaultSpec>(std::move(fault)));
        mocks.replace_faults(faults);
        return true;
    }

    void remove(const std::string& name, httplib::Response& response)
    {
        const bool removed = on_loop([&] {
            const auto gone = std::erase_if(faults, [&](const SharedFault& fault) { return fault->name == name; });
            mocks.replace_faults(faults);
            return gone > 0;
        });
        if (!removed) return answer(response, 404, {{"error", fmt::format("no fault is named '{}'", name)}});
        response.status = 204;
    }

    void reset(httplib::Response& response)
    {
        on_loop([this] {
            faults = mock_providers::shared(plan.scenario.faults);
            mocks.replace_faults(faults);
            mocks.begin_anew(runtime.clock().now());
            log.clear();
        });
        response.status = 204;
    }

    void history(const httplib::Request& request, httplib::Response& response)
    {
        constexpr const char* type = "application/x-ndjson";
        if (request.get_param_value("follow") != "true") {
            std::uint64_t seen = 0;
            response.set_content(log.lines_after(seen, false), type);
            return;
        }
        if (++followers > most_followers) {
            --followers;
            return answer(response, 503, {{"error", fmt::format("{} clients follow already", most_followers)}});
        }
        response.set_chunked_content_provider(
            type,
            [this, seen = std::uint64_t{0}](std::size_t, httplib::DataSink& sink) mutable {
                const std::string lines = log.lines_after(seen, true);
                if (log.closed()) {
                    sink.done();
                    return true;
                }
                return sink.is_writable() && (lines.empty() || sink.write(lines.data(), lines.size()));
            },
            [this](bool) { --followers; });
    }

    const Plan& plan;
    net::Runtime& runtime;
    Mocks& mocks;
    EventLog& log;
    std::vector<SharedFault> faults;  ///< touched on the loop only
    std::atomic<int> nth{1000};       ///< for the default names of added faults
    std::atomic<int> followers{0};
    std::atomic<bool> stopping{false};
    std::promise<void> served;
    std::uint16_t port = 0;
    httplib::Server server;
};

ControlApi::ControlApi(std::uint16_t port, const Plan& plan, net::Runtime& runtime, Mocks& mocks, EventLog& log)
    : state_(std::make_unique<State>(plan, runtime, mocks, log))
{
    const char* here = "127.0.0.1";
    const int bound = port == 0                                 ? state_->server.bind_to_any_port(here)
                      : state_->server.bind_to_port(here, port) ? port
                                                                : -1;
    if (bound < 0) {
        throw std::system_error(std::make_error_code(std::errc::address_in_use),
                                fmt::format("the control API cannot listen on port {}", port));
    }
    state_->port = static_cast<std::uint16_t>(bound);
}

ControlApi::~ControlApi() = default;

std::uint16_t ControlApi::port() const
{
    return state_->port;
}

void ControlApi::serve()
{
    state_->server.listen_after_bind();
    state_->served.set_value();
}

void ControlApi::stop()
{
    state_->stopping = true;
    // A server that has not begun to listen does not hear of it the first time.
    const auto served = state_->served.get_future();
    do {
        state_->server.stop();
    } while (served.wait_for(std::chrono::milliseconds(20)) != std::future_status::ready);
}

}  // namespace chaos::harness
