// Reading what holds at one provider: one table of settings serves the reader and the documentation.
#include <fmt/format.h>

#include <array>
#include <variant>

#include "net/http/url.hpp"
#include "net/json.hpp"
#include "router/policy.hpp"

namespace chaos::router {
namespace {

using OwnDuration = std::optional<net::Duration> ProviderPolicy::*;
using OwnCount = std::optional<std::int64_t> ProviderPolicy::*;
using OwnText = std::string ProviderPolicy::*;
/// A map that becomes a JSON object.
struct OwnMembers {
    std::string ProviderPolicy::*field;
};

struct ProviderSetting {
    std::string_view section;  ///< "" directly in the provider's entry
    std::string_view key;
    std::string_view meaning;
    std::variant<OwnDuration, OwnCount, OwnText, OwnMembers> field;
};

const std::array provider_table{
    ProviderSetting{"timeouts", "connect", "Instead of router.timeouts.connect.", &ProviderPolicy::connect},
    ProviderSetting{"timeouts", "first_token", "Instead of router.timeouts.first_token.", &ProviderPolicy::first_token},
    ProviderSetting{"timeouts", "idle", "Instead of router.timeouts.idle.", &ProviderPolicy::idle},
    ProviderSetting{"", "context_window",
                    "Tokens its model can take in, with the answer. Longer conversations pass it over.",
                    &ProviderPolicy::context_window},
    ProviderSetting{"", "max_output",
                    "Tokens its model can give. So many are kept free in its window for an answer without a limit.",
                    &ProviderPolicy::max_output},
    ProviderSetting{"", "parameters",
                    "Members that are put into the body of every request to it, such as {temperature: 0.2}.",
                    OwnMembers{&ProviderPolicy::parameters}},
    ProviderSetting{"", "status_page",
                    "The URL of its status page (Statuspage v2), such as https://status.example.com.",
                    &ProviderPolicy::status_page},
    ProviderSetting{"", "status_component",
                    "What it is called on that page. Without it the state of the page as a whole counts.",
                    &ProviderPolicy::status_component},
};

/// What the router writes itself.
constexpr std::array<std::string_view, 5> reserved_members{"model", "messages", "input", "stream", "contents"};

std::string json_of(const config::Node& node)
{
    std::string json;
    switch (node.kind()) {
        case config::NodeKind::null:
            return "null";
        case config::NodeKind::scalar:
            if (!node.quoted() && net::json_problem(node.text()).empty()) return node.text();
            net::append_json_string(json, node.text());
            return json;
        case config::NodeKind::sequence:
            for (const config::Node& item : node.items()) json += (json.empty() ? "[" : ",") + json_of(item);
            return json.empty() ? "[]" : json + "]";
        case config::NodeKind::map:
            for (const auto& [name, value] : node.entries()) {
                json += json.empty() ? '{' : ',';
                net::append_json_string(json, name.text());
                json += ':' + json_of(value);
            }
            return json.empty() ? "{}" : json + "}";
    }
    return "null";
}

std::string read_members(std::string_view key, config::MapReader& reader)
{
    const auto node = reader.take(key);
    if (!node) return {};
    if (node->kind() != config::NodeKind::map) {
        reader.complaints().add(node->at(), fmt::format("{}: expected a map, found {}", key, node->kind_name()));
        return {};
    }
    for (const auto& [name, value] : node->entries()) {
        for (const std::string_view reserved : reserved_members) {
            if (name.text() != reserved) continue;
            reader.complaints().add(name.at(), fmt::format("{}.{}: the router writes this itself", key, name.text()));
        }
    }
    return node->entries().empty() ? std::string() : json_of(*node);
}

void read_own(const ProviderSetting& setting, ProviderPolicy& policy, config::MapReader& reader)
{
    if (const auto* duration = std::get_if<OwnDuration>(&setting.field)) {
        policy.** duration = reader.duration(setting.key);
        if (policy.**duration == net::Duration{}) {
            reader.complaints().add(reader.at(setting.key),
                                    fmt::format("{}: must be longer than nothing", setting.key));
        }
    } else if (const auto* count = std::get_if<OwnCount>(&setting.field)) {
        policy.** count = reader.integer(setting.key, 1, 1'000'000'000);
    } else if (const auto* text = std::get_if<OwnText>(&setting.field)) {
        policy.** text = reader.text(setting.key, "");
    } else if (const auto* members = std::get_if<OwnMembers>(&setting.field)) {
        policy.*(members->field) = read_members(setting.key, reader);
    }
}

void read_own_section(std::string_view section, ProviderPolicy& policy, config::MapReader& reader)
{
    for (const ProviderSetting& setting : provider_table) {
        if (setting.section == section) read_own(setting, policy, reader);
    }
}

void check_status_page(const ProviderPolicy& policy, config::MapReader& reader)
{
    if (policy.status_page.empty()) {
        if (!policy.status_component.empty())
            reader.complaints().add(reader.at("status_component"), "status_component: there is no status_page");
        return;
    }
    const auto url = net::http::parse_url(policy.status_page);
    if (!url) reader.complaints().add(reader.at("status_page"), "status_page: " + url.error().text);
}

}  // namespace

ProviderPolicy read_provider_policy(config::MapReader& reader)
{
    ProviderPolicy policy;
    read_own_section("", policy, reader);
    if (const auto node = reader.take("timeouts")) {
        config::MapReader timeouts(*node, reader.complaints(), "timeouts");
        read_own_section("timeouts", policy, timeouts);
        timeouts.finish();
    }
    check_status_page(policy, reader);
    return policy;
}

std::vector<SettingDoc> provider_policy_settings()
{
    std::vector<SettingDoc> docs;
    for (const ProviderSetting& setting : provider_table) {
        const std::string key =
            setting.section.empty() ? std::string(setting.key) : fmt::format("{}.{}", setting.section, setting.key);
        docs.push_back({key, std::string(setting.meaning), "none"});
    }
    return docs;
}

}  // namespace chaos::router
