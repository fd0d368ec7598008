// One client for all requests of a provider, and one file for their recordings.
#include "mock_providers/upstream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "mock_providers/dialects/dialect.hpp"
#include "mock_providers/recording.hpp"
#include "net/http/client.hpp"
#include "net/tls/dialer.hpp"
#include "net/watchdog.hpp"

namespace chaos::mock_providers {
namespace {

constexpr net::Duration connect_time = std::chrono::seconds(10);
constexpr net::Duration head_time = std::chrono::minutes(10);  ///< the official SDKs wait as long
constexpr net::Duration idle_time = std::chrono::minutes(5);

constexpr net::Duration farewell_time = std::chrono::milliseconds(200);

constexpr std::array of_one_hop = {"connection", "keep-alive",        "proxy-connection", "te",
                                   "trailer",    "transfer-encoding", "upgrade"};

bool is_of_one_hop(const net::http::Headers& headers, std::string_view name)
{
    return headers.lists("connection", name) ||
           std::any_of(of_one_hop.begin(), of_one_hop.end(),
                       [&](std::string_view one) { return net::http::same_name(one, name); });
}

net::http::Headers without_headers(const net::http::Headers& headers, std::initializer_list<std::string_view> names)
{
    net::http::Headers rest;
    for (const net::http::Header& header : headers) {
        const bool named = std::any_of(names.begin(), names.end(),
                                       [&](std::string_view name) { return net::http::same_name(name, header.name); });
        if (!named && !is_of_one_hop(headers, header.name)) rest.add(header.name, header.value);
    }
    return rest;
}

std::string text_of(const std::string& file)
{
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in) throw std::runtime_error(fmt::format("cannot read {}", file));
    return std::move(text).str();
}

net::tls::Context trust(const ProviderSpec& spec)
{
    try {
        return spec.upstream_ca.empty() ? net::tls::trusting_system() : net::tls::trusting(text_of(spec.upstream_ca));
    } catch (const std::runtime_error& error) {
        throw std::runtime_error(fmt::format("provider '{}': upstream_ca: {}", spec.name, error.what()));
    }
}

/// Lines of recordings in a file that only this user can read.
class Tape {
public:
    explicit Tape(const std::string& file) : out_(file, std::ios::binary | std::ios::trunc)
    {
        std::error_code ignored;
        std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write,
                                     ignored);
        if (!out_) throw std::runtime_error(fmt::format("cannot record to {}", file));
    }
    void keep(const Recording& recording) { out_ << to_line(recording) << std::flush; }

private:
    std::ofstream out_;
};

/// What all exchanges with one endpoint share.
struct UpstreamRoute {
    UpstreamRoute(net::Runtime& in, const ProviderSpec& spec)
        : runtime(in),
          url(*spec.upstream),
          prefix(find_dialect(spec.dialect)->sdk_variables().path),
          dialer(in),
          client(in, settings())
    {
        if (url.scheme == net::http::Scheme::https) dialer.secure(url.endpoint, trust(spec));
        if (!spec.record.empty()) tape = std::make_unique<Tape>(spec.record);
    }

    net::http::ClientSettings settings()
    {
        net::http::ClientSettings settings;
        settings.network = &dialer;
        return settings;
    }

    net::Runtime& runtime;
    net::http::Url url;
    std::string prefix;
    net::tls::Dialer dialer;
    net::http::Client client;
    std::unique_ptr<Tape> tape;  ///< null: nothing is recorded
};

/// "https://api.openai.com" without a path, for Host.
std::string host_of(net::http::Url url)
{
    url.path.clear();
    const std::string text = net::http::to_string(url);
    return text.substr(text.find("//") + 2);
}

class Exchange final : public Passage {
public:
    Exchange(UpstreamRoute& route, net::http::Request request)
        : route_(route),
          secrets_(secrets_in(request.head)),
          recording_(mock_providers::recording_of(request)),
          began_(now()),
          request_(std::move(request)),
          watchdog_(route.runtime.clock(), [this] { give_up("was not heard of in time"); })
    {
        request_.head.target = upstream_target(request_.head.target, route.prefix, route.url.path);
        request_.head.headers = forwarded(request_.head.headers);
        request_.head.headers.add("host", host_of(route.url));
        request_.head.headers.add("accept-encoding", "identity");
    }

    net::Task<Opening> open() override
    {
        watchdog_.arm(now() + head_time);
        net::http::Failure failure = co_await send(false);
        if (failure.error && failure.pooled && problem_.empty()) failure = co_await send(true);
        watchdog_.disarm();
        if (failure.error) co_return failed_opening(failure);
        Opening opening;
        opening.head.emplace();
        opening.head->status = head_->status;
        opening.head->headers = forwarded_back(head_->headers);
        recording_.status = head_->status;
        recording_.headers = kept_headers(head_->headers);
        recording_.head_after = now() - began_;
        co_return opening;
    }

    net::Task<Piece> next() override
    {
        watchdog_.arm(now() + (aborted_ ? farewell_time : idle_time));
        auto bytes = co_await exchange_->read_body();
        watchdog_.disarm();
        Piece piece;
        if (!bytes) {
            piece.problem = problem_.empty() ? "broke off: " + bytes.error().message() : problem_;
            if (!aborted_) keep(false);
        } else if (bytes->empty()) {
            keep(true);
        } else if (aborted_) {
            give_up("was left");
            piece.problem = problem_;
        } else {
            if (route_.tape) recording_.chunks.push_back({now() - began_, *bytes});
            piece.bytes = std::move(*bytes);
        }
        co_return piece;
    }

    /// SDKs leave at the last event of a stream, which the end of the body follows at once: that is still awaited.
    void abort() override
    {
        aborted_ = true;
        if (head_ == nullptr) {
            give_up("was left");
        } else {
            watchdog_.arm(now() + farewell_time);
        }
    }

private:
    net::Instant now() const { return route_.runtime.clock().now(); }

    net::Task<net::http::Failure> send(bool fresh_connection)
    {
        net::http::Client::Options options;
        options.connect_deadline = now() + connect_time;
        options.fresh_connection = fresh_connection;
        options.control = &control_;
        net::http::Request request = request_;
        auto opened = co_await route_.client.open(route_.url.endpoint, std::move(request), options);
        if (!opened) co_return opened.error();
        exchange_ = std::move(*opened);
        const auto head = co_await exchange_->head();
        if (!head) co_return exchange_->failure();
        head_ = *head;
        co_return net::http::Failure{};
    }

    Opening failed_opening(const net::http::Failure& failure) const
    {
        const bool late = failure.error == boost::asio::error::timed_out || !problem_.empty();
        Opening opening;
        opening.status = late ? 504 : 502;
        const char* when = failure.phase == net::http::Phase::connect ? "could not be reached" : "did not answer";
        opening.problem = problem_.empty() ? fmt::format("{}: {}", when, failure.error.message()) : problem_;
        return opening;
    }

    void give_up(const char* why)
    {
        if (problem_.empty()) problem_ = why;
        exchange_ ? exchange_->abort() : control_.abort();
    }

    void keep(bool complete)
    {
        if (!route_.tape) return;
        recording_.complete = complete;
        strip(recording_, secrets_);
        route_.tape->keep(recording_);
    }

    UpstreamRoute& route_;
    std::vector<std::string> secrets_;
    Recording recording_;
    net::Instant began_;
    net::http::Request request_;
    net::http::OpenControl control_;
    std::unique_ptr<net::http::ClientExchange> exchange_;
    const net::http::ResponseHead* head_ = nullptr;
    std::string problem_;
    bool aborted_ = false;
    net::Watchdog watchdog_;
};

class Upstream final : public Behind {
public:
    Upstream(net::Runtime& runtime, const ProviderSpec& spec) : route_(runtime, spec) {}
    std::shared_ptr<Passage> ask(const net::http::Request& request) override
    {
        return std::make_shared<Exchange>(route_, request);
    }
    void stop() override { route_.client.close_idle(); }

private:
    UpstreamRoute route_;
};

}  // namespace

std::string upstream_target(std::string_view target, std::string_view prefix, std::string_view base_path)
{
    if (base_path.empty()) return std::string(target);
    const std::string_view path = net::http::path_of(target);
    const bool below =
        !prefix.empty() && path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
    const std::size_t scheme = target.find(path);  // of the absolute form only the path goes on
    std::string_view rest = target.substr(scheme == std::string_view::npos ? 0 : scheme);
    if (below) rest.remove_prefix(prefix.size());
    return fmt::format("{}{}", base_path, rest);
}

net::http::Headers forwarded(const net::http::Headers& headers)
{
    return without_headers(headers, {"host", "content-length", "expect", "accept-encoding"});
}

net::http::Headers forwarded_back(const net::http::Headers& headers)
{
    return without_headers(headers, {});
}

std::unique_ptr<Behind> make_upstream(net::Runtime& runtime, const ProviderSpec& spec)
{
    return std::make_unique<Upstream>(runtime, spec);
}

}  // namespace chaos::mock_providers
