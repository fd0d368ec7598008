// verdict.json: everything an account says, for programs.
#include <nlohmann/json.hpp>

#include "reports/report.hpp"

namespace chaos::reports {
namespace {

using history::Account;
using Json = nlohmann::ordered_json;

/// Version of verdict.json.
constexpr int verdict_version = 1;

Json json_of(const history::Finding& finding)
{
    Json json;
    json["message"] = finding.message;
    json["events"] = finding.events;
    if (!finding.task.empty()) json["task"] = finding.task;
    if (!finding.request.empty()) json["request"] = finding.request;
    if (!finding.follows_from.empty()) json["follows_from"] = finding.follows_from;
    return json;
}

Json json_of(const history::CheckResult& result)
{
    Json json;
    json["id"] = result.id;
    json["check"] = result.check;
    json["verdict"] = result.skipped ? "skipped" : spelling(result.verdict);
    json["expectation"] = result.expectation;
    json["measured"] = result.measured;
    json["limit"] = result.limit;
    json["reason"] = result.reason;
    if (result.source.line > 0) json["source"] = {{"file", result.source.file}, {"line", result.source.line}};
    Json findings = Json::array();
    for (const auto& finding : result.findings) findings.push_back(json_of(finding));
    json["findings"] = std::move(findings);
    if (result.more_findings > 0) json["more_findings"] = result.more_findings;
    return json;
}

Json json_of(const history::ProviderAccount& provider)
{
    return {{"name", provider.name},
            {"attempts", provider.attempts},
            {"complete", provider.complete},
            {"faulted", provider.faulted}};
}

Json json_of(const history::FaultAccount& fault)
{
    return {{"name", fault.name},
            {"what", fault.what},
            {"opportunities", fault.opportunities},
            {"delivered", fault.delivered},
            {"evidence", spelling(fault.evidence)}};
}

Json json_of(const history::Timeline& timeline)
{
    Json lines = Json::array();
    for (const auto& line : timeline.lines) {
        lines.push_back({{"at_ns", line.at.time_since_epoch().count()}, {"event", line.event}, {"text", line.text}});
    }
    return {{"check", timeline.check}, {"lines", std::move(lines)}};
}

template <class Row>
Json array_of(const std::vector<Row>& rows)
{
    Json array = Json::array();
    for (const Row& row : rows) array.push_back(json_of(row));
    return array;
}

}  // namespace

std::string json(const Account& account)
{
    Json json;
    json["chaos_verdict"] = verdict_version;
    json["verdict"] = account.trouble.empty() ? spelling(account.judgement.verdict()) : "error";
    json["scenario"] = account.scenario;
    json["sentence"] = account.sentence;
    json["file"] = account.file;
    json["subject"] = account.subject;
    json["seed"] = account.seed;
    if (account.repeat > 0) json["repeat"] = account.repeat;
    json["world"] = account.simulated ? "simulation" : "real";
    json["interrupted"] = account.interrupted;
    if (!account.trouble.empty()) json["trouble"] = account.trouble;
    json["version"] = account.version;
    json["scenario_hash"] = account.scenario_hash;
    json["started"] = net::rfc3339(account.started);
    json["took_ns"] = account.took.count();
    json["wall_took_ns"] = account.wall_took.count();
    json["tasks"] = account.tasks;
    json["tasks_answered"] = account.tasks_answered;
    json["turns"] = account.turns;
    json["attempts"] = account.attempts;
    json["effects"] = account.effects;
    json["providers"] = array_of(account.providers);
    json["faults"] = array_of(account.faults);
    json["checks"] = array_of(account.judgement.checks);
    json["warnings"] = account.judgement.warnings;
    json["timelines"] = array_of(account.timelines);
    json["repeat_command"] = account.repeat_command;
    json["folder"] = account.folder;
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace chaos::reports
