// The page's own words.
#include "router/health/status_report.hpp"

#include "net/json.hpp"

#include <nlohmann/json.hpp>

namespace chaos::router {
namespace {

std::optional<std::string> page_text(const nlohmann::json& object, const char* key)
{
    if (!object.is_object() || !object.contains(key) || !object[key].is_string()) return std::nullopt;
    return object[key].get<std::string>();
}

std::optional<bool> component_down(const nlohmann::json& page, const std::string& component)
{
    if (!page.contains("components") || !page["components"].is_array()) return std::nullopt;
    for (const auto& entry : page["components"]) {
        if (page_text(entry, "name") != component) continue;
        const auto status = page_text(entry, "status");
        return status ? std::optional(*status == "major_outage") : std::nullopt;
    }
    return std::nullopt;
}

}  // namespace

std::optional<bool> reported_down(std::string_view body, const std::string& component)
{
    const auto page = net::parse_json(body);
    if (!page || !page->is_object()) return std::nullopt;
    if (!component.empty()) return component_down(*page, component);
    if (!page->contains("status")) return std::nullopt;
    const auto indicator = page_text((*page)["status"], "indicator");
    if (!indicator) return std::nullopt;
    return *indicator == "major" || *indicator == "critical";
}

std::string status_path(const std::string& base, const std::string& component)
{
    return base + (component.empty() ? "/api/v2/status.json" : "/api/v2/summary.json");
}

}  // namespace chaos::router
