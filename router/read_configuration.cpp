// Reading the file of `chaos router`: where to listen, which providers there are, and the policy.
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "net/http/url.hpp"
#include "router/capabilities.hpp"
#include "router/configuration.hpp"
#include "router/protocol.hpp"

namespace chaos::router {
namespace {

constexpr std::size_t longest_key_file = 256 * 1024;  ///< of keys, tokens and certificates

std::optional<std::string> read_file(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::nullopt;
    std::string text(longest_key_file, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text;
}

net::Endpoint read_listen(config::MapReader& reader)
{
    const auto node = reader.require("listen");
    if (!node) return {};
    const auto text = config::read_text(*node, reader.complaints(), "listen");
    if (!text) return {};
    const auto endpoint = read_endpoint(*text);
    if (!endpoint) {
        reader.complaints().add(
            node->at(),
            fmt::format("listen: expected an address with a port such as 127.0.0.1:8080, found '{}'", *text));
    }
    return endpoint.value_or(net::Endpoint{});
}

void read_base_url(config::MapReader& reader, Target& target)
{
    const auto node = reader.require("base_url");
    if (!node) return;
    const auto text = config::read_text(*node, reader.complaints(), "base_url");
    if (!text) return;
    const auto url = net::http::parse_url(*text);
    if (!url) {
        reader.complaints().add(node->at(), "base_url: " + url.error().text);
        return;
    }
    if (url->scheme == net::http::Scheme::https) target.tls = net::tls::trusting_system();
    target.endpoint = url->endpoint;
    target.base_path = url->path;
}

/// Whom to trust in place of those this machine trusts.
void read_trust(config::MapReader& reader, Target& target, const KeySources& sources)
{
    const auto path = reader.text("ca_file");
    if (!path) return;
    const auto pem = sources.file(*path);
    if (!pem) {
        reader.complaints().add(reader.at("ca_file"), fmt::format("ca_file: there is no file '{}'", *path));
        return;
    }
    if (!target.tls) {
        reader.complaints().add(reader.at("ca_file"), "ca_file: the provider is not reached by https");
        return;
    }
    try {
        target.tls = net::tls::trusting(*pem);
    } catch (const std::runtime_error& error) {
        reader.complaints().add(reader.at("ca_file"), fmt::format("ca_file: {}", error.what()));
    }
}

/// A key is one line of visible ASCII: anything else would break the header it is sent in.
bool is_usable_key(std::string_view key)
{
    return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

/// Names of providers are written into response headers.
bool is_name(std::string_view name)
{
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    return !name.empty() && name.find_first_not_of(allowed) == std::string_view::npos;
}

std::string without_trailing_space(std::string text)
{
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
    return text;
}

/// Says where each key was looked for, never what was found.
void take_keys(config::MapReader& reader, std::string_view key, Target& target,
               const std::function<std::optional<std::string>(const std::string&)>& source, std::string_view kind)
{
    for (const std::string& name : reader.texts(key)) {
        const auto found = source(name);
        if (!found) {
            reader.complaints().add(reader.at(key), fmt::format("{}: there is no {} '{}'", key, kind, name));
            continue;
        }
        std::string usable = without_trailing_space(*found);
        const auto& known = target.api_keys;
        if (!is_usable_key(usable)) {
            reader.complaints().add(
                reader.at(key),
                fmt::format("{}: the {} '{}' does not hold one line of visible characters", key, kind, name));
        } else if (std::find(known.begin(), known.end(), usable) != known.end()) {
            reader.complaints().add(
                reader.at(key), fmt::format("{}: the {} '{}' holds a key that another holds already", key, kind, name));
        } else {
            target.api_keys.push_back(std::move(usable));
        }
    }
}

/// `one` names a single key, `many` several; both spellings of a source are one setting.
void take_keys_of(config::MapReader& reader, std::string_view one, std::string_view many, Target& target,
                  const std::function<std::optional<std::string>(const std::string&)>& source, std::string_view kind)
{
    if (reader.take(one) && reader.take(many)) {
        reader.complaints().add(reader.at(many),
                                fmt::format("{}: there is an {} already; one of them is enough", many, one));
        return;
    }
    take_keys(reader, one, target, source, kind);
    take_keys(reader, many, target, source, kind);
}

void read_keys(config::MapReader& reader, Target& target, const KeySources& sources)
{
    const auto inline_key = reader.take("api_key");
    if (inline_key) {
        reader.complaints().add(inline_key->at(),
                                "api_key: keys are not written into the file; use api_key_env or api_key_file");
    }
    take_keys_of(reader, "api_key_env", "api_keys_env", target, sources.environment, "environment variable");
    take_keys_of(reader, "api_key_file", "api_keys_file", target, sources.file, "file");
}

/// Of the capabilities those that `wanted` says.
template <class Wanted>
std::vector<std::string> read_capabilities(config::MapReader& reader, std::string_view key, Wanted wanted)
{
    std::vector<std::string> words;
    for (const CapabilityDoc& capability : capabilities()) {
        if (wanted(capability)) words.emplace_back(capability.word);
    }
    const std::vector<std::string> named = reader.texts(key);
    for (const std::string& word : named) {
        if (std::find(words.begin(), words.end(), word) != words.end()) continue;
        reader.complaints().add(reader.at(key), fmt::format("{}: there is no capability '{}'{}", key, word,
                                                            config::did_you_mean(word, words)));
    }
    return named;
}

/// What its model cannot do although its API can, and what it can do although not every model of its API can.
void read_what_it_can(config::MapReader& reader, Target& target)
{
    target.lacks = read_capabilities(reader, "lacks", [](const CapabilityDoc&) { return true; });
    target.has = read_capabilities(reader, "has", [&](const CapabilityDoc& capability) {
        const auto& some = capability.had_by_some;
        return std::any_of(some.begin(), some.end(),
                           [&](Protocol protocol) { return spelling(protocol) == target.dialect; });
    });
}

Target read_target(const config::Node& name, const config::Node& node, config::Complaints& complaints,
                   const KeySources& sources, ProviderPolicy& own)
{
    Target target;
    target.name = name.text();
    config::MapReader reader(node, complaints, fmt::format("provider '{}'", target.name));
    if (!is_name(target.name)) {
        complaints.add(name.at(),
                       fmt::format("{}: a name is made of letters, digits, '-', '_' and '.'", reader.what()));
    }
    if (!reader.valid()) return target;
    target.dialect = reader.choice("dialect", dialect_words()).value_or(target.dialect);
    read_base_url(reader, target);
    read_trust(reader, target, sources);
    if (const auto model = reader.require("model")) {
        target.model = config::read_text(*model, complaints, "model").value_or("");
        if (target.model.empty()) complaints.add(model->at(), "model: expected the provider's name of the model");
    }
    read_keys(reader, target, sources);
    own = read_provider_policy(reader);
    read_what_it_can(reader, target);
    reader.finish();
    return target;
}

std::vector<Target> read_targets(config::MapReader& reader, const KeySources& sources,
                                 std::map<std::string, ProviderPolicy>& policies)
{
    std::vector<Target> targets;
    const auto node = reader.require("providers");
    if (!node) return targets;
    config::MapReader providers(*node, reader.complaints(), "providers");
    const auto& entries = providers.all();
    if (providers.valid() && entries.empty())
        reader.complaints().add(node->at(), "providers: at least one provider is needed");
    for (const auto& [name, value] : entries)
        targets.push_back(read_target(name, value, reader.complaints(), sources, policies[name.text()]));
    return targets;
}

}  // namespace

KeySources process_key_sources()
{
    KeySources sources;
    sources.environment = [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        return value ? std::optional<std::string>(value) : std::nullopt;
    };
    sources.file = read_file;
    return sources;
}

std::optional<Configuration> read_configuration(std::string_view text, config::Complaints& complaints,
                                                const KeySources& sources)
{
    const auto root = config::parse(text, complaints);
    if (!root) return std::nullopt;
    config::MapReader reader(*root, complaints, "router configuration");
    Configuration configuration;
    configuration.listen = read_listen(reader);
    std::map<std::string, ProviderPolicy> policies;
    configuration.targets = read_targets(reader, sources, policies);
    std::vector<std::string> names;
    for (const Target& target : configuration.targets) names.push_back(target.name);
    if (const auto node = reader.require("router")) {
        configuration.policy = read_policy(*node, complaints, names, policies);
        if (!configuration.policy.providers.empty()) {
            complaints.add(node->at(),
                           "router.providers: in a configuration these keys stand in the provider's own "
                           "entry under providers");
        }
    }
    configuration.policy.providers = std::move(policies);
    std::vector<std::string> models;
    for (const auto& [alias, chain] : configuration.policy.models) models.push_back(alias);
    configuration.operation = read_operation(reader, configuration.listen, models, sources);
    reader.finish();
    if (!complaints.empty()) return std::nullopt;
    return configuration;
}

std::vector<std::string> remarks_on(const Configuration& configuration)
{
    constexpr std::uint16_t port_of_ollama = 11434;
    std::vector<std::string> remarks;
    for (const Target& target : configuration.targets) {
        const bool told_how_much = target.dialect == spelling(Protocol::ollama);
        if (!told_how_much && target.endpoint.port != port_of_ollama) continue;
        const auto own = configuration.policy.providers.find(target.name);
        if (own == configuration.policy.providers.end() || !own->second.context_window) {
            remarks.push_back(
                fmt::format("provider '{}': Ollama forgets the beginning of a conversation that is too long for it, "
                            "without a word; say its `context_window`, and longer ones are not sent there",
                            target.name));
        }
        if (!told_how_much) {
            remarks.push_back(
                fmt::format("provider '{}': Ollama's /v1 cannot be told how much to take in; `dialect: ollama` "
                            "speaks its own API, which is told the `context_window`",
                            target.name));
        }
    }
    return remarks;
}

std::vector<SettingDoc> provider_settings()
{
    std::vector<SettingDoc> docs{
        {"dialect",
         "The API it speaks: openai (Chat Completions, as everybody compatible does), openai_responses, anthropic, "
         "ollama or gemini.",
         "openai"},
        {"base_url",
         "Where it is reached: http://host:port/path, or https, verified against whom this machine trusts "
         "(SSL_CERT_FILE says otherwise). Without a path, the usual one of its API.",
         "required"},
        {"ca_file", "The file with the certificates of whom to trust instead (PEM).", "none"},
        {"model", "What it calls the model.", "required"},
        {"api_key_env", "The environment variable that holds its key.", "none"},
        {"api_keys_env", "Several of them: the next is used when one is limited, exhausted or refused.", "none"},
        {"api_key_file", "The file that holds its key.", "none"},
        {"api_keys_file", "Several of them.", "none"},
        {"lacks", "Capabilities that its API has and its model has not, such as images, tools or json_schema.", "none"},
        {"has",
         "Capabilities that only some models of its API have, and its model has: reasoning_effort at Anthropic. Others "
         "would refuse a request with it, so it is left out.",
         "none"},
    };
    for (SettingDoc& doc : provider_policy_settings()) docs.push_back(std::move(doc));
    return docs;
}

std::vector<SettingDoc> configuration_settings()
{
    std::vector<SettingDoc> docs{
        {"listen", "Address and port; without an address, loopback only.", "required"},
        {"providers", "The providers by name.", "required"},
        {"router", "The policy.", "required"},
    };
    const std::vector<SettingDoc> operation = operation_settings();
    docs.insert(docs.end(), operation.begin(), operation.end());
    return docs;
}

}  // namespace chaos::router
