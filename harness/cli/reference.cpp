#include "harness/cli/reference.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/check.hpp"
#include "mock_providers/dialects/dialect.hpp"
#include "mock_providers/faults/scope.hpp"
#include "mock_providers/faults/shapes.hpp"
#include "router/configuration.hpp"
#include "router/operation/metrics.hpp"
#include "router/operation/record_json.hpp"
#include "router/tools/dependencies.hpp"

namespace chaos::harness::cli {
namespace {

using mock_providers::Layer;

std::string_view spelling(Layer layer)
{
    switch (layer) {
        case Layer::connection: return "connection";
        case Layer::request: return "request";
        case Layer::tool: return "tool";
    }
    return "?";
}

std::string scope(const mock_providers::faults::Entry& entry, const std::string& form)
{
    config::Complaints complaints("form");
    return mock_providers::faults::scope_in_words(mock_providers::faults::read_form(entry, form, complaints));
}

/// Where the bare word can happen, and where its other forms can if that is elsewhere.
std::string scopes(const mock_providers::faults::Entry& entry)
{
    const std::string usual = scope(entry, "");
    std::string lines = fmt::format("  where:    {}\n", usual);
    std::vector<std::pair<std::string, std::string>> others;  // a scope, and the forms that have it
    for (const std::string& form : entry.forms) {
        const std::string where = scope(entry, form);
        const auto same = std::find_if(others.begin(), others.end(), [&](const auto& other) { return other.first == where; });
        if (same != others.end()) {
            same->second += ", " + form;
        } else if (where != usual) {
            others.emplace_back(where, form);
        }
    }
    for (const auto& [where, forms] : others) lines += fmt::format("            {}: {}\n", forms, where);
    return lines;
}

std::string faults()
{
    std::string page;
    for (const auto& entry : mock_providers::faults::vocabulary()) {
        page += fmt::format("{}  (acts on: {})\n  {}\n", entry.name, spelling(entry.layer), entry.summary);
        for (const auto& parameter : entry.parameters) {
            page += fmt::format("    {}: {}  (such as {})\n", parameter.name, parameter.meaning, parameter.example);
        }
        page += scopes(entry);
        page += fmt::format("  evidence: {}\n  remedy:   {}\n\n", entry.evidence, entry.remedy);
    }
    return page;
}

std::string shapes_page()
{
    std::string page;
    std::string_view group;
    int number = 0;
    for (const auto& shape : mock_providers::faults::shapes()) {
        if (shape.group != group) page += fmt::format("{}{}\n", group.empty() ? "" : "\n", shape.group);
        group = shape.group;
        const std::string_view spelling = shape.spelling.empty() ? "(any provider of this dialect)" : shape.spelling;
        page += fmt::format("  {:3}. {} ({})\n       {}\n", ++number, shape.met, shape.dialect, spelling);
    }
    return page;
}

std::string checks_page()
{
    std::string page;
    for (const CheckEntry& entry : checks()) {
        page += fmt::format("{}\n  {}\n", entry.id, entry.summary);
        page += fmt::format("  expect: {}\n", entry.spelling.empty() ? "(always made)" : entry.spelling);
        if (!entry.tolerance.empty()) page += fmt::format("  tolerance: {}\n", entry.tolerance);
        page += '\n';
    }
    return page;
}

std::string dialects_page()
{
    std::string page;
    for (const mock_providers::Dialect* dialect : mock_providers::dialects()) {
        page += fmt::format("{}\n  {}\n", dialect->name(), dialect->summary());
    }
    return page;
}

std::string settings(std::string_view title, const std::vector<router::SettingDoc>& docs)
{
    std::string page = fmt::format("{}\n", title);
    for (const router::SettingDoc& doc : docs) {
        page += fmt::format("  {}: {}  (default: {})\n", doc.key, doc.meaning, doc.fallback);
    }
    return page + "\n";
}

std::string router_page()
{
    return settings("A configuration file:", router::configuration_settings()) +
           settings("Each of its providers:", router::provider_settings()) +
           settings("Each of its callers:", router::caller_settings()) +
           settings("router: (the same in scenarios)", router::policy_settings());
}

std::string words(std::string_view title, const std::vector<router::WordDoc>& docs)
{
    std::string page = fmt::format("{}\n", title);
    for (const router::WordDoc& doc : docs) page += fmt::format("  {}: {}\n", doc.word, doc.meaning);
    return page + "\n";
}

std::string dependencies_page()
{
    return words("Kinds:", router::dependency_kinds()) + words("Strategies:", router::strategies()) +
           words("Failure modes:", router::failure_modes()) +
           settings("Each of the dependencies:", router::dependency_settings());
}

std::string log_members(std::string_view title, const std::vector<router::RecordMember>& members)
{
    std::string page = fmt::format("{}\n", title);
    for (const router::RecordMember& member : members) page += fmt::format("  {}: {}\n", member.name, member.meaning);
    return page + "\n";
}

std::string log_page()
{
    return log_members("Every line:", router::line_members()) +
           log_members("kind attempt, one request to one provider:", router::attempt_members()) +
           log_members("kind request, one request of a caller:", router::request_members());
}

std::string metrics_page()
{
    std::string page;
    for (const router::MetricDoc& metric : router::metric_docs()) {
        page += fmt::format("{}  ({}{}{})\n  {}\n", metric.name, metric.type, metric.labels.empty() ? "" : ": ", metric.labels, metric.help);
    }
    return page;
}

std::string subjects_page(const std::vector<SubjectKind>& subjects)
{
    std::string page;
    for (const SubjectKind& kind : subjects) page += fmt::format("{}\n  {}\n", kind.name, kind.summary);
    return page;
}

}  // namespace

std::vector<Reference> references(const std::vector<SubjectKind>& subjects)
{
    return {
        {"faults", faults},
        {"shapes", shapes_page},
        {"checks", checks_page},
        {"dialects", dialects_page},
        {"router", router_page},
        {"dependencies", dependencies_page},
        {"log", log_page},
        {"metrics", metrics_page},
        {"subjects", [subjects] { return subjects_page(subjects); }},
    };
}

}  // namespace chaos::harness::cli
