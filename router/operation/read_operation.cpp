// Reading how the router is operated: one table of settings serves the reader, the defaults and the documentation.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <variant>

#include "config/duration_rules.hpp"
#include "net/tls/certificate.hpp"
#include "router/operation/operation.hpp"

namespace chaos::router {
namespace {

using OperationDuration = net::Duration& (*)(Operation&);
using OperationCount = int& (*)(Operation&);
using OperationSize = std::size_t& (*)(Operation&);
using OperationSwitch = bool& (*)(Operation&);
using OperationField = std::variant<OperationDuration, OperationCount, OperationSize, OperationSwitch>;

struct OperationSetting {
    std::string_view section;  ///< "" at the top of the file
    std::string_view key;
    std::string_view meaning;
    OperationField field;
    int low = 0;  ///< of a count; a duration with 1 must be longer than nothing
    int high = 0;
    std::string_view fallback = {};  ///< as it is told, where the value does not say it
};

constexpr std::array<std::string_view, 2> operation_sections{"limits", "drain"};

const std::array operation_table{
    OperationSetting{
        "", "open_to_all",
        "true: without callers the router may listen beyond this machine. Whoever reaches it then spends your money.",
        OperationSwitch([](Operation& o) -> bool& { return o.open_to_all; })},
    OperationSetting{"", "workers", "Event loops, each with its share of the connections.",
                     OperationCount([](Operation& o) -> int& { return o.workers; }), 1, 256, "one for each core"},
    OperationSetting{"", "explain", "So many of the last requests are kept for /explain.",
                     OperationCount([](Operation& o) -> int& { return o.explanations; }), 0, 1'000'000},
    OperationSetting{"limits", "head_timeout", "For the head of a request, from its first byte.",
                     OperationDuration([](Operation& o) -> net::Duration& { return o.limits.head_timeout; }), 1},
    OperationSetting{"limits", "body_timeout", "For the whole body of a request.",
                     OperationDuration([](Operation& o) -> net::Duration& { return o.limits.body_timeout; }), 1},
    OperationSetting{"limits", "idle_timeout", "Of a connection without a request.",
                     OperationDuration([](Operation& o) -> net::Duration& { return o.limits.idle_timeout; }), 1},
    OperationSetting{"limits", "body_size", "Of a request's body.",
                     OperationSize([](Operation& o) -> std::size_t& { return o.limits.body_bytes; }), 0, 0, "32MiB"},
    OperationSetting{"limits", "connections", "Of each event loop; more wait until one ends.",
                     OperationSize([](Operation& o) -> std::size_t& { return o.limits.connections; }), 1, 1'000'000},
    OperationSetting{"drain", "pause",
                     "After SIGTERM /readyz says 503 at once; so long after it the router still takes new connections.",
                     OperationDuration([](Operation& o) -> net::Duration& { return o.drain_pause; })},
    OperationSetting{"drain", "deadline", "And so long after that requests under way may take to finish.",
                     OperationDuration([](Operation& o) -> net::Duration& { return o.drain_deadline; })},
};

void read_operation_setting(const OperationSetting& setting, Operation& operation, config::MapReader& reader)
{
    if (const auto* duration = std::get_if<OperationDuration>(&setting.field)) {
        net::Duration& value = (*duration)(operation);
        value = setting.low > 0 ? config::read_positive_duration(reader, setting.key, value)
                                : reader.duration(setting.key, value);
    } else if (const auto* count = std::get_if<OperationCount>(&setting.field)) {
        int& value = (*count)(operation);
        value = static_cast<int>(reader.integer(setting.key, value, setting.low, setting.high));
    } else if (const auto* size = std::get_if<OperationSize>(&setting.field)) {
        std::size_t& value = (*size)(operation);
        if (setting.high > 0) {
            value = static_cast<std::size_t>(
                reader.integer(setting.key, static_cast<std::int64_t>(value), setting.low, setting.high));
        } else {
            value = reader.size(setting.key).value_or(value);
        }
    } else if (const auto* flag = std::get_if<OperationSwitch>(&setting.field)) {
        bool& value = (*flag)(operation);
        value = reader.boolean(setting.key, value);
    }
}

void read_operation_section(std::string_view section, Operation& operation, config::MapReader& reader)
{
    for (const OperationSetting& setting : operation_table) {
        if (setting.section == section) read_operation_setting(setting, operation, reader);
    }
}

std::string operation_default(const OperationSetting& setting)
{
    if (!setting.fallback.empty()) return std::string(setting.fallback);
    Operation operation;
    if (const auto* duration = std::get_if<OperationDuration>(&setting.field))
        return net::to_string((*duration)(operation));
    if (const auto* count = std::get_if<OperationCount>(&setting.field)) return std::to_string((*count)(operation));
    if (const auto* size = std::get_if<OperationSize>(&setting.field)) return std::to_string((*size)(operation));
    return std::get<OperationSwitch>(setting.field)(operation) ? "true" : "false";
}

std::optional<std::uint16_t> read_port(std::string_view text)
{
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return port;
}

/// A secret is one line of visible ASCII: anything else would break the header it is sent in.
bool is_usable_token(std::string_view key)
{
    return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

std::string token_text(std::string text)
{
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
    return text;
}

/// Says where the secret was looked for, never what was found.
std::string take_token(config::MapReader& reader, std::string_view key,
                       const std::function<std::optional<std::string>(const std::string&)>& source,
                       std::string_view kind)
{
    const auto name = reader.text(key);
    if (!name) return {};
    const auto found = source(*name);
    if (!found) {
        reader.complaints().add(reader.at(key), fmt::format("{}: there is no {} '{}'", key, kind, *name));
        return {};
    }
    std::string secret = token_text(*found);
    if (is_usable_token(secret)) return secret;
    reader.complaints().add(
        reader.at(key), fmt::format("{}: the {} '{}' does not hold one line of visible characters", key, kind, *name));
    return {};
}

/// One secret out of the environment or a file. Complains, without what was found, if there is none, or none that a
/// header could carry; then empty.
std::string read_token(config::MapReader& reader, std::string_view environment_key, std::string_view file_key,
                       const KeySources& sources)
{
    const bool both = reader.take(environment_key) && reader.take(file_key);
    if (both) {
        reader.complaints().add(reader.at(file_key), fmt::format("{}: there is an {} already; one of them is enough",
                                                                 file_key, environment_key));
        return {};
    }
    const std::string from_environment =
        take_token(reader, environment_key, sources.environment, "environment variable");
    const std::string from_file = take_token(reader, file_key, sources.file, "file");
    return from_environment.empty() ? from_file : from_environment;
}

Caller read_caller(const config::Node& name, const config::Node& node, config::Complaints& complaints,
                   const std::vector<std::string>& models, const KeySources& sources)
{
    Caller caller;
    caller.name = name.text();
    config::MapReader reader(node, complaints, fmt::format("caller '{}'", caller.name));
    if (!reader.valid()) return caller;
    if (const auto written = reader.take("token")) {
        complaints.add(written->at(), "token: tokens are not written into the file; use token_env or token_file");
    } else if (!reader.take("token_env") && !reader.take("token_file")) {
        complaints.add(node.at(), fmt::format("{}: a token is needed: token_env or token_file", reader.what()));
    }
    caller.token = read_token(reader, "token_env", "token_file", sources);
    caller.models = reader.texts("models");
    for (const std::string& model : caller.models) {
        if (std::find(models.begin(), models.end(), model) != models.end()) continue;
        complaints.add(reader.at("models"), fmt::format("{}: there is no model '{}'{}", reader.what(), model,
                                                        config::did_you_mean(model, models)));
    }
    if (reader.take("models") && caller.models.empty()) {
        complaints.add(reader.at("models"),
                       fmt::format("{}: the list of models is empty; without it all are meant", reader.what()));
    }
    caller.requests_per_minute =
        static_cast<int>(reader.integer("requests_per_minute", 0, 1, most_requests_per_minute));
    reader.finish();
    return caller;
}

std::vector<Caller> read_callers(config::MapReader& reader, const std::vector<std::string>& models,
                                 const KeySources& sources)
{
    std::vector<Caller> callers;
    const auto node = reader.take("callers");
    if (!node) return callers;
    config::MapReader names(*node, reader.complaints(), "callers");
    const auto& entries = names.all();
    if (names.valid() && entries.empty()) reader.complaints().add(node->at(), "callers: at least one caller is needed");
    for (const auto& [name, value] : entries) {
        Caller caller = read_caller(name, value, reader.complaints(), models, sources);
        const bool taken = !caller.token.empty() && find_caller(callers, caller.token) != nullptr;
        if (taken)
            reader.complaints().add(value.at(),
                                    fmt::format("caller '{}': another caller has the same token", caller.name));
        callers.push_back(std::move(caller));
    }
    return callers;
}

std::string read_named_file(config::MapReader& reader, std::string_view key, const KeySources& sources)
{
    const auto node = reader.require(key);
    if (!node) return {};
    const auto path = config::read_text(*node, reader.complaints(), key);
    if (!path) return {};
    const auto text = sources.file(*path);
    if (!text) reader.complaints().add(node->at(), fmt::format("{}: there is no file '{}'", key, *path));
    return text.value_or("");
}

net::tls::Context read_tls(config::MapReader& reader, const KeySources& sources)
{
    const auto node = reader.take("tls");
    if (!node) return nullptr;
    config::MapReader tls(*node, reader.complaints(), "tls");
    const std::string certificate = read_named_file(tls, "certificate", sources);
    const std::string key = read_named_file(tls, "key", sources);
    tls.finish();
    if (certificate.empty() || key.empty()) return nullptr;
    try {
        return net::tls::server_context(net::tls::read_identity(certificate, key));
    } catch (const std::runtime_error& error) {
        reader.complaints().add(node->at(), fmt::format("tls: {}", error.what()));
    }
    return nullptr;
}

/// Its complaints have the place in that other file.
void read_tools(config::MapReader& reader, Operation& operation, const KeySources& sources)
{
    const auto path = reader.text("dependencies");
    if (!path) return;
    const auto text = sources.file(*path);
    if (!text) {
        reader.complaints().add(reader.at("dependencies"), fmt::format("dependencies: there is no file '{}'", *path));
        return;
    }
    config::Complaints theirs(*path);
    auto dependencies = read_dependencies(*text, theirs, sources);
    for (const config::Complaint& complaint : theirs.sorted())
        reader.complaints().add(reader.at("dependencies"), config::to_string(complaint));
    if (!dependencies) return;
    // In memory a call that was accepted would be lost with the process.
    if (dependencies->any_queue() && operation.store.empty()) {
        reader.complaints().add(
            reader.at("dependencies"),
            fmt::format("dependencies: '{}' has a tool of strategy queue_and_retry, which needs `store: FILE`", *path));
    }
    operation.dependencies = *std::move(dependencies);
}

void read_admin(config::MapReader& reader, Operation& operation)
{
    const auto node = reader.take("admin");
    if (!node) return;
    operation.admin_wanted = true;
    const auto text = config::read_text(*node, reader.complaints(), "admin");
    const auto endpoint = text ? read_endpoint(*text) : std::nullopt;
    if (endpoint) {
        operation.admin = *endpoint;
    } else if (text) {
        reader.complaints().add(
            node->at(),
            fmt::format("admin: expected an address with a port such as 127.0.0.1:9090, found '{}'", *text));
    }
}

void read_log(config::MapReader& reader, Operation& operation)
{
    const auto node = reader.take("log");
    if (!node) return;
    config::MapReader log(*node, reader.complaints(), "log");
    operation.log = log.text("to", operation.log);
    if (operation.log.empty())
        reader.complaints().add(log.at("to"), "to: expected stdout, stderr, none or the path of a file");
    const std::string level = log.choice("level", {"warn", "info", "debug"}).value_or("info");
    operation.log_level = level == "warn" ? LogLevel::warn : level == "debug" ? LogLevel::debug : LogLevel::info;
    log.finish();
}

}  // namespace

bool is_loopback(const std::string& host)
{
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

std::optional<net::Endpoint> read_endpoint(std::string_view text)
{
    net::Endpoint endpoint;
    const auto colon = text.rfind(':');
    const auto port = read_port(colon == std::string_view::npos ? text : text.substr(colon + 1));
    if (!port) return std::nullopt;
    endpoint.port = *port;
    if (colon == std::string_view::npos || colon == 0) return endpoint;
    std::string_view host = text.substr(0, colon);
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    if (bracketed) host = host.substr(1, host.size() - 2);
    if (host.empty() || (!bracketed && host.find(':') != std::string_view::npos)) return std::nullopt;
    endpoint.host = std::string(host);
    return endpoint;
}

Operation read_operation(config::MapReader& reader, const net::Endpoint& listen, const std::vector<std::string>& models,
                         const KeySources& sources)
{
    Operation operation;
    operation.callers = read_callers(reader, models, sources);
    operation.tls = read_tls(reader, sources);
    read_admin(reader, operation);
    read_log(reader, operation);
    operation.store = reader.text("store", "");
    read_tools(reader, operation, sources);
    if (const auto node = reader.take("idempotency"))
        operation.idempotency = read_idempotency(*node, reader.complaints());
    for (const std::string_view section : operation_sections) {
        const auto node = reader.take(section);
        if (!node) continue;
        config::MapReader inner(*node, reader.complaints(), std::string(section));
        read_operation_section(section, operation, inner);
        inner.finish();
    }
    read_operation_section("", operation, reader);
    const bool safe = is_loopback(listen.host) || operation.open_to_all || reader.take("callers").has_value();
    if (!safe) {
        reader.complaints().add(
            reader.at("listen"),
            fmt::format("listen: whoever reaches {} could spend your providers' money; name `callers:` with "
                        "tokens, listen on 127.0.0.1, or say `open_to_all: true`",
                        net::to_string(listen)));
    }
    return operation;
}

std::vector<SettingDoc> operation_settings()
{
    std::vector<SettingDoc> docs{
        {"callers",
         "Who may ask, by name. Without it no token is needed, and the router listens on this machine alone.", "none"},
        {"tls.certificate", "The file with the certificate callers are shown (PEM), and those that vouch for it.",
         "none: plain HTTP"},
        {"tls.key", "The file with its key.", "none"},
        {"admin", "Address and port of the admin port; without an address, loopback only.", "none"},
        {"store", "The file of what must survive a crash: results of keyed requests, and the queue of tools.",
         "none: nothing survives"},
        {"dependencies", "The file that says which tools are behind the router, and how each is called.", "none"},
        {"log.to", "Where the log goes, one JSON object a line: stdout, stderr, none or the path of a file.", "stderr"},
        {"log.level", "warn: what went wrong; info: every attempt and every request; debug: also what begins.", "info"},
    };
    for (const SettingDoc& setting : idempotency_settings()) {
        docs.push_back({"idempotency." + setting.key, setting.meaning, setting.fallback});
    }
    for (const OperationSetting& setting : operation_table) {
        const std::string key =
            setting.section.empty() ? std::string(setting.key) : fmt::format("{}.{}", setting.section, setting.key);
        docs.push_back({key, std::string(setting.meaning), operation_default(setting)});
    }
    return docs;
}

std::vector<SettingDoc> caller_settings()
{
    return {
        {"token_env",
         "The environment variable that holds its token, which it sends as a bearer token or as x-api-key.", "none"},
        {"token_file", "The file that holds its token. One of the two is needed.", "none"},
        {"models", "The models it may use and sees.", "all"},
        {"requests_per_minute",
         "Requests to models: so many at once, and each is free again after its share of a minute. More get 429.",
         "any number"},
    };
}

}  // namespace chaos::router
