#include "tests/reports/sample_accounts.hpp"

namespace chaos::testing {
namespace {

using history::Account;
using history::CheckResult;
using history::Finding;
using history::Verdict;
using namespace std::chrono_literals;

CheckResult result(std::string id, std::string expectation, std::string measured, std::string limit, int line)
{
    CheckResult result;
    result.id = std::move(id);
    result.check = result.id.substr(0, result.id.find('.'));
    result.expectation = std::move(expectation);
    result.verdict = Verdict::pass;
    result.measured = std::move(measured);
    result.limit = std::move(limit);
    result.source = {"./scenarios/outage.yaml", line};
    return result;
}

Finding finding(std::string message, std::vector<std::uint64_t> events, std::string follows_from = "")
{
    Finding finding;
    finding.message = std::move(message);
    finding.events = std::move(events);
    finding.task = "amber-otter-t07";
    finding.request = "amber-otter-t07/3/1";
    finding.follows_from = std::move(follows_from);
    return finding;
}

void fail(CheckResult& result, std::string measured, std::string reason)
{
    result.verdict = Verdict::fail;
    result.measured = std::move(measured);
    result.reason = std::move(reason);
}

}  // namespace

Account passed_run()
{
    Account account;
    account.scenario = "outage";
    account.sentence =
        "The primary goes dark in the middle of a task: every task still finishes, nothing runs twice, nothing is "
        "forgotten.";
    account.file = "./scenarios/outage.yaml";
    account.subject = "router";
    account.seed = 42;
    account.simulated = true;
    account.version = "0.1.0";
    account.scenario_hash = "8d3f0c1a5b7e9d24";
    account.started = net::WallTime(1'767'225'600s);
    account.took = 12'345'678us;
    account.wall_took = 310ms;
    account.tasks = 40;
    account.tasks_answered = 40;
    account.turns = 240;
    account.attempts = 251;
    account.effects = 200;
    account.providers = {{"primary", 130, 119, 11}, {"backup", 121, 121, 0}};
    account.faults = {{"blackhole-primary-1", "blackhole on primary, 1s to 6s", 11, 11, history::Evidence::contacted}};
    account.repeat_command = "chaos run scenarios/outage.yaml --simulate --seed 42";
    account.folder = "runs/2026-01-01T00-00-00/outage";
    account.judgement.checks = {
        result("sound_history", "the history is whole, the rig kept time and the subject works when nothing is wrong",
               "1204 events, 240 caller requests", "", 0),
        result("faults_happened.blackhole-primary-1", "blackhole-primary-1 on primary really happens",
               "11 contacted of 11 opportunities", "", 19),
        result("answered", "at least 100% of the tasks end with the right answer", "100% (40 of 40)", "100%", 24),
        result("latency.p99", "p99 of caller turns is at most 4s", "p99 911ms", "4s", 25),
        result("side_effects", "no side effect happens twice, altered or unplanned",
               "200 of 200 planned effects performed once", "at most once", 27),
    };
    return account;
}

Account failed_run()
{
    Account account = passed_run();
    account.tasks_answered = 38;
    CheckResult& answered = account.judgement.checks[2];
    fail(answered, "95% (38 of 40)", "2 of 40 tasks ended without the right answer");
    answered.findings = {finding("amber-otter-t07 was not answered: \"gave up after 14 turns\" (last provider backup)",
                                 {88, 91}, "side_effects"),
                         finding("amber-otter-t09 was not answered: \"gave up after 14 turns\" (last provider backup)",
                                 {95, 97}, "side_effects")};
    CheckResult& effects = account.judgement.checks[4];
    fail(effects, "197 of 200 planned effects performed once", "3 effects performed more than once");
    for (const char* token :
         {"amber-otter-t07/3/0", "amber-otter-t08/1/0", "amber-otter-t09/2/0", "amber-otter-t11/2/0"}) {
        effects.findings.push_back(
            finding(std::string("send_email performed ") + token +
                        " 2 times: the answer to amber-otter-t07/3 (primary#3 and backup#4) brought the call 2 times",
                    {31, 34, 35, 36}));
    }
    effects.more_findings = 3;
    account.judgement.warnings = {"primary received 2 requests that belong to no task of this run"};
    account.timelines = {{"side_effects",
                          {{net::Instant(1200ms), 31, "amber-otter-t07/3: calls send_email for amber-otter-t07/3/0"},
                           {net::Instant(1203500us), 34, "tools: send_email performed amber-otter-t07/3/0"}}}};
    return account;
}

Account vacuous_run()
{
    Account account = passed_run();
    CheckResult& fault = account.judgement.checks[1];
    fault.verdict = Verdict::unknown;
    fault.measured = "never";
    fault.reason = "no opportunity: it begins at 20s, and the run was over at 12.346s";
    CheckResult skipped =
        result("stream", "every accepted answer comes from one attempt of its own turn", "", "unmixed", 29);
    skipped.skipped = true;
    skipped.reason = "this subject does not stream";
    account.judgement.checks.push_back(skipped);
    account.subject = "nginx";
    account.simulated = false;
    account.repeat = 2;
    return account;
}

Account interrupted_run()
{
    Account account = passed_run();
    account.interrupted = true;
    account.judgement.checks.resize(3);
    CheckResult& answered = account.judgement.checks[2];
    answered.verdict = Verdict::unknown;
    answered.measured = "40% (16 of 40)";
    answered.reason = "24 tasks did not come to an end";
    return account;
}

Account troubled_run()
{
    Account account = passed_run();
    account.judgement = {};
    account.trouble = "cannot listen on 127.0.0.1:8080: address already in use";
    account.folder.clear();
    return account;
}

Account hostile_run()
{
    Account account = failed_run();
    account.scenario = "out.age/<b>";
    CheckResult& effects = account.judgement.checks[4];
    effects.reason = "bell \a escape \x1b[31m bytes \xff\xfe nul " + std::string(1, '\0') + "line\nbreak ]]> <&\"' " +
                     std::string(400, 'x');
    effects.findings.resize(1);
    effects.findings[0].message = "surrogate \xed\xa0\x80 noncharacter \xef\xbf\xbf overlong \xc0\xaf half \xc3";
    account.timelines[0].lines[0].text = "tab\tand \x01 control " + std::string(400, 'y');
    return account;
}

}  // namespace chaos::testing
