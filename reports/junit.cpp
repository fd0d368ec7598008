// JUnit XML as CI servers really read it: one flat suite a run, one case a check, names that never change from run to
// run.
#include <fmt/format.h>

#include <pugixml.hpp>
#include <set>
#include <sstream>

#include "reports/report.hpp"
#include "reports/text.hpp"

namespace chaos::reports {
namespace {

using history::Account;
using history::CheckResult;
using history::Finding;
using history::Verdict;

constexpr std::size_t longest_message = 200;
constexpr std::size_t findings_written = 20;
constexpr std::size_t events_written = 8;
constexpr const char* run_case = "run";  ///< the case that says that a run did not come to its end

void set(pugi::xml_node node, const char* name, const std::string& value)
{
    node.append_attribute(name) = value.c_str();
}

void set_text(pugi::xml_node node, const std::string& text)
{
    node.append_child(pugi::node_pcdata).set_value(text.c_str());
}

/// Letters, digits, '-' and '_': servers make file names, links and groups of it.
std::string slug(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        const bool plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
        out += plain ? c : '-';
    }
    return out;
}

/// Stable for a scenario, a subject and a repeat, and unique in the report: of equal names some servers keep only the
/// first.
class SuiteNames {
public:
    std::string name_of(const Account& account)
    {
        std::string name = slug(account.scenario.empty() ? account.file : account.scenario);
        if (!account.subject.empty() && account.subject != "router") name += "--" + slug(account.subject);
        if (account.repeat > 0) name += fmt::format("--repeat-{}", account.repeat);
        std::string unique = name;
        for (int nth = 2; !taken_.insert(unique).second; ++nth) unique = fmt::format("{}--{}", name, nth);
        return unique;
    }

private:
    std::set<std::string> taken_;
};

/// "side_effects" -> "SideEffectsAssertion"
std::string type_of(std::string_view check)
{
    std::string type;
    bool capital = true;
    for (const char c : check) {
        if (c == '_') {
            capital = true;
            continue;
        }
        type += capital && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        capital = false;
    }
    return type + "Assertion";
}

/// " (follows from side_effects)" if another check's findings explain all of these; nothing otherwise.
std::string explanation_of(const CheckResult& result)
{
    if (result.findings.empty() || result.findings.front().follows_from.empty()) return "";  // primary ones stand first
    return fmt::format(" (follows from {})", result.findings.front().follows_from);
}

std::string message_of(const CheckResult& result, const Account& account)
{
    const std::string tail = fmt::format("{} (seed {})", explanation_of(result), account.seed);
    return one_line(result.reason.empty() ? result.expectation : result.reason, longest_message - tail.size()) + tail;
}

/// "- what was found (events 10, 11)"
std::string line_of(const Finding& finding)
{
    std::string line = fmt::format("{} {}", finding.follows_from.empty() ? "-" : "  -", one_line(finding.message, 500));
    if (!finding.events.empty()) line += fmt::format(" ({})", events_in_words(finding, events_written));
    if (!finding.follows_from.empty()) line += fmt::format(" (follows from {})", finding.follows_from);
    return line + '\n';
}

/// Servers show the first line alone; the rest is for whoever opens it.
std::string details_of(const CheckResult& result, const Account& account)
{
    std::string text =
        fmt::format("{}: {}\n", result.id, one_line(result.reason.empty() ? result.expectation : result.reason, 500));
    text += fmt::format("expected: {}\n", one_line(result.expectation, 500));
    text += fmt::format("measured: {}\n", result.measured.empty() ? "nothing" : one_line(result.measured, 500));
    std::size_t written = 0;
    for (const Finding& finding : result.findings) {
        if (written == findings_written) break;
        ++written;
        text += line_of(finding);
    }
    const std::size_t rest = result.findings.size() - written + result.more_findings;
    if (rest > 0) text += fmt::format("and {} more\n", rest);
    if (result.source.line > 0) text += fmt::format("at {}:{}\n", result.source.file, result.source.line);
    if (!account.repeat_command.empty()) text += account.repeat_command + "\n";
    return clean(text);
}

/// As annotations want it: relative to the repository's root, which is where the program is started.
std::string source_path(const std::string& file)
{
    return clean(file.starts_with("./") ? file.substr(2) : file);
}

std::string system_out(const CheckResult& result, const Account& account)
{
    std::string text;
    for (const auto& timeline : account.timelines) {
        if (timeline.check != result.id) continue;
        for (const auto& line : timeline.lines) {
            text += fmt::format("{} #{} {}\n", decimal_seconds(line.at.time_since_epoch()), line.event,
                                one_line(line.text, 300));
        }
    }
    if (!account.folder.empty()) text += fmt::format("[[ATTACHMENT|{}/history.jsonl]]\n", account.folder);
    return clean(text);
}

struct Counts {
    int tests = 0;
    int failures = 0;
    int errors = 0;
    int skipped = 0;
    void add(const Counts& other)
    {
        tests += other.tests;
        failures += other.failures;
        errors += other.errors;
        skipped += other.skipped;
    }
};

void write_counts(pugi::xml_node node, const Counts& counts, net::Duration time)
{
    set(node, "tests", std::to_string(counts.tests));
    set(node, "failures", std::to_string(counts.failures));
    set(node, "errors", std::to_string(counts.errors));
    set(node, "skipped", std::to_string(counts.skipped));
    set(node, "time", decimal_seconds(time));
}

Counts count(const Account& account)
{
    Counts counts;
    for (const CheckResult& result : account.judgement.checks) {
        ++counts.tests;
        if (result.skipped)
            ++counts.skipped;
        else if (result.verdict == Verdict::fail)
            ++counts.failures;
        else if (result.verdict == Verdict::unknown)
            ++counts.errors;
    }
    const bool ended = account.trouble.empty() && !account.interrupted && counts.tests > 0;
    if (!ended) ++counts.tests, ++counts.errors;
    return counts;
}

void write_properties(pugi::xml_node suite, const Account& account)
{
    pugi::xml_node properties = suite.append_child("properties");
    const auto add = [&](const char* name, const std::string& value) {
        pugi::xml_node property = properties.append_child("property");
        set(property, "name", name);
        set(property, "value", clean(value));
    };
    add("seed", std::to_string(account.seed));
    add("version", account.version);
    add("scenario_hash", account.scenario_hash);
    add("subject", account.subject);
    add("world", account.simulated ? "simulation" : "real");
    add("verdict", account.trouble.empty() ? std::string(spelling(account.judgement.verdict())) : "error");
    if (account.interrupted) add("interrupted", "true");
    if (!account.repeat_command.empty()) add("repeat", account.repeat_command);
}

pugi::xml_node write_case(pugi::xml_node suite, const std::string& classname, const std::string& name,
                          const history::SourceLine& source)
{
    pugi::xml_node node = suite.append_child("testcase");
    set(node, "classname", classname);
    set(node, "name", clean(name));
    set(node, "time", decimal_seconds({}));
    if (source.line > 0) {
        set(node, "file", source_path(source.file));
        set(node, "line", std::to_string(source.line));
    }
    return node;
}

void write_outcome(pugi::xml_node parent, const char* element, const std::string& type, const std::string& message,
                   const std::string& text)
{
    pugi::xml_node node = parent.append_child(element);
    set(node, "type", type);
    set(node, "message", message);
    set_text(node, text);
}

void write_check(pugi::xml_node suite, const std::string& classname, const CheckResult& result, const Account& account)
{
    pugi::xml_node node = write_case(suite, classname, result.id, result.source);
    if (result.skipped) {
        set(node.append_child("skipped"), "message", one_line(result.reason, longest_message));
    } else if (result.verdict == Verdict::fail) {
        write_outcome(node, "failure", type_of(result.check), message_of(result, account), details_of(result, account));
        set_text(node.append_child("system-out"), system_out(result, account));
    } else if (result.verdict == Verdict::unknown) {
        write_outcome(node, "error", "Unknown", message_of(result, account), details_of(result, account));
    }
}

/// Nobody may take half a run, or none, for a good one.
void write_unfinished_run(pugi::xml_node suite, const std::string& classname, const Account& account)
{
    std::string type = "Trouble";
    std::string message = account.trouble;
    if (message.empty() && account.interrupted) {
        type = "Interrupted";
        message = "the run was interrupted";
    } else if (message.empty() && account.judgement.checks.empty()) {
        type = "Unknown";
        message = "nothing was judged";
    }
    if (message.empty()) return;
    pugi::xml_node node = write_case(suite, classname, run_case, {});
    write_outcome(node, "error", type, one_line(message, longest_message),
                  clean(fmt::format("{}\n{}\n", message, account.repeat_command)));
}

void write_suite(pugi::xml_node parent, const std::string& name, const Account& account)
{
    pugi::xml_node suite = parent.append_child("testsuite");
    set(suite, "name", name);
    write_counts(suite, count(account), account.wall_took);
    std::string started = net::rfc3339(account.started);
    if (started.ends_with('Z')) started.pop_back();  // UTC without a zone is what readers of this format expect
    set(suite, "timestamp", started);
    write_properties(suite, account);
    for (const CheckResult& result : account.judgement.checks) write_check(suite, name, result, account);
    write_unfinished_run(suite, name, account);
}

}  // namespace

std::string junit(const std::vector<Account>& accounts)
{
    pugi::xml_document document;
    pugi::xml_node declaration = document.append_child(pugi::node_declaration);
    set(declaration, "version", "1.0");
    set(declaration, "encoding", "UTF-8");
    pugi::xml_node root = document.append_child("testsuites");
    Counts all;
    net::Duration took{};
    for (const Account& account : accounts) {
        all.add(count(account));
        took += account.wall_took;
    }
    set(root, "name", "chaos");
    write_counts(root, all, took);
    SuiteNames names;
    for (const Account& account : accounts) write_suite(root, names.name_of(account), account);
    std::ostringstream out;
    document.save(out, "  ", pugi::format_default, pugi::encoding_utf8);
    return out.str();
}

}  // namespace chaos::reports
