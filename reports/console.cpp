// What a person reads in a terminal: the verdict first, each check on a line, then what is needed to act on the bad
// ones.
#include <fmt/format.h>

#include <algorithm>

#include "reports/report.hpp"
#include "reports/text.hpp"

namespace chaos::reports {
namespace {

using history::Account;
using history::CheckResult;
using history::Finding;
using history::Timeline;
using history::Verdict;

constexpr std::size_t findings_shown = 3;
constexpr std::size_t timeline_lines_shown = 12;
constexpr std::size_t events_shown = 8;
constexpr std::size_t longest_id = 40;
constexpr std::size_t measured_room = 24;  ///< columns; with less, what was measured gets a line of its own
constexpr int narrowest = 48;

enum class Colour { green, yellow, red, grey };

/// Indents, wraps and, if wanted, colours.
class Page {
public:
    explicit Page(const ConsoleStyle& style)
        : colour_(style.colour), width_(static_cast<std::size_t>(std::max(style.width, narrowest)))
    {
    }

    std::string painted(Colour colour, std::string_view text) const
    {
        if (!colour_) return std::string(text);
        constexpr std::string_view codes[] = {"32", "33", "31", "90"};
        return fmt::format("\x1b[{}m{}\x1b[0m", codes[static_cast<std::size_t>(colour)], text);
    }
    bool has_room(std::size_t columns) const { return columns <= width_; }
    void blank() { out_ += '\n'; }
    /// `text`, wrapped behind `indent` spaces.
    void line(std::size_t indent, std::string_view text) { hanging(std::string(indent, ' '), indent, text); }
    /// `head` (which takes `columns`, whatever colours it has) and behind it `text`, wrapped.
    void hanging(const std::string& head, std::size_t head_columns, std::string_view text)
    {
        out_ += head;
        out_ += wrapped(text, head_columns, width_);
        while (out_.ends_with(' ')) out_.pop_back();
        out_ += '\n';
    }
    /// As it is, to be copied: never wrapped.
    void verbatim(std::size_t indent, std::string_view text)
    {
        out_.append(indent, ' ');
        out_ += clean(text);
        out_ += '\n';
    }
    std::string take() { return std::move(out_); }

private:
    bool colour_;
    std::size_t width_;
    std::string out_;
};

struct Mark {
    std::string_view word;
    Colour colour;
};
constexpr std::size_t mark_columns = 9;

Mark mark_of(Verdict verdict)
{
    switch (verdict) {
        case Verdict::pass:
            return {"pass", Colour::green};
        case Verdict::unknown:
            return {"UNKNOWN", Colour::yellow};
        case Verdict::fail:
            return {"FAIL", Colour::red};
    }
    return {"", Colour::grey};
}

Mark mark_of(const Account& account)
{
    return account.trouble.empty() ? mark_of(account.judgement.verdict()) : Mark{"ERROR", Colour::red};
}

Mark mark_of(const CheckResult& result)
{
    return result.skipped ? Mark{"skipped", Colour::grey} : mark_of(result.verdict);
}

/// The mark, coloured, padded to `mark_columns`.
std::string padded(const Page& page, const Mark& mark)
{
    return page.painted(mark.colour, mark.word) + std::string(mark_columns - mark.word.size(), ' ');
}

std::string run_in_words(const Account& account)
{
    std::string words = fmt::format("{} · {} · {} · seed {}", account.scenario, account.subject,
                                    account.simulated ? "simulated" : "real sockets", account.seed);
    if (account.repeat > 0) words += fmt::format(" · repeat {}", account.repeat);
    return words;
}

void write_header(Page& page, const Account& account)
{
    page.hanging(padded(page, mark_of(account)), mark_columns, run_in_words(account));
    if (!account.sentence.empty()) page.line(mark_columns, account.sentence);
    if (!account.trouble.empty()) return;
    page.line(mark_columns,
              fmt::format("{} of {} tasks answered · {} turns · {} attempts · {} effects · took {} ({}s real)",
                          account.tasks_answered, account.tasks, account.turns, account.attempts, account.effects,
                          net::to_string(std::chrono::round<std::chrono::milliseconds>(account.took)),
                          decimal_seconds(account.wall_took)));
    if (account.interrupted)
        page.line(mark_columns, "The run was interrupted: what had not happened yet cannot be judged.");
}

bool has_digit(std::string_view text)
{
    return std::any_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// What was measured, and against what; a limit in words says nothing new where it was kept.
std::string measured_in_words(const CheckResult& result)
{
    if (result.skipped) return result.reason;
    std::string words = result.measured.empty() ? "not measured" : result.measured;
    const bool telling = result.verdict != Verdict::pass || has_digit(result.limit);
    if (telling && !result.limit.empty()) words += fmt::format(" (expected: {})", result.limit);
    return words;
}

void write_checks(Page& page, const Account& account)
{
    std::size_t id_columns = 0;
    for (const CheckResult& result : account.judgement.checks) id_columns = std::max(id_columns, columns(result.id));
    id_columns = std::min(id_columns, longest_id);
    for (const CheckResult& result : account.judgement.checks) {
        std::string head = "  " + padded(page, mark_of(result)) + clean(result.id);
        const std::size_t head_columns = 2 + mark_columns + std::max(columns(result.id), id_columns) + 2;
        if (!page.has_room(head_columns + measured_room)) {
            page.hanging(head, 0, "");
            page.line(2 + mark_columns, measured_in_words(result));
            continue;
        }
        head.append(head_columns - 2 - mark_columns - columns(result.id), ' ');
        page.hanging(head, head_columns, measured_in_words(result));
    }
    for (const std::string& warning : account.judgement.warnings) {
        page.hanging("  " + padded(page, {"note", Colour::yellow}), 2 + mark_columns, warning);
    }
}

std::size_t primary_findings(const CheckResult& result)
{
    return static_cast<std::size_t>(std::count_if(result.findings.begin(), result.findings.end(),
                                                  [](const Finding& finding) { return finding.follows_from.empty(); }));
}

bool is_bad(const CheckResult& result)
{
    return !result.skipped && result.verdict != Verdict::pass;
}

/// Failed before unknown, and among those the ones that explain the others first.
std::vector<const CheckResult*> in_order_of_interest(const Account& account)
{
    std::vector<const CheckResult*> bad;
    for (const CheckResult& result : account.judgement.checks) {
        if (is_bad(result)) bad.push_back(&result);
    }
    const auto rank = [](const CheckResult* result) {
        if (result->verdict != Verdict::fail) return 2;
        return result->findings.empty() || primary_findings(*result) > 0 ? 0 : 1;
    };
    std::stable_sort(bad.begin(), bad.end(), [&](const auto* a, const auto* b) { return rank(a) < rank(b); });
    return bad;
}

void write_findings(Page& page, const CheckResult& result)
{
    std::size_t shown = 0;
    for (const Finding& finding : result.findings) {
        if (shown == findings_shown) break;
        ++shown;
        if (finding.follows_from.empty()) {
            page.hanging("  - ", 4, finding.message);
        } else {
            page.hanging("    ↳ ", 6, fmt::format("{} (follows from {})", finding.message, finding.follows_from));
        }
    }
    const std::size_t rest = result.findings.size() - shown + result.more_findings;
    if (rest > 0) page.line(4, fmt::format("and {} more", rest));
}

void write_timeline(Page& page, const Account& account, const CheckResult& result)
{
    const auto timeline = std::find_if(account.timelines.begin(), account.timelines.end(),
                                       [&](const Timeline& candidate) { return candidate.check == result.id; });
    if (timeline == account.timelines.end() || timeline->lines.empty()) return;
    page.line(2, "what happened:");
    std::size_t shown = 0;
    for (const auto& line : timeline->lines) {
        if (shown++ == timeline_lines_shown) break;
        const std::string head =
            fmt::format("  {:>9}  #{:<6} ", decimal_seconds(line.at.time_since_epoch()), line.event);
        page.hanging(page.painted(Colour::grey, head), head.size(), line.text);
    }
    if (timeline->lines.size() > timeline_lines_shown) {
        page.line(4, fmt::format("and {} more", timeline->lines.size() - timeline_lines_shown));
    }
}

/// "look at events 10, 11 of history.jsonl"
void write_proof(Page& page, const CheckResult& result)
{
    if (result.findings.empty() || result.findings.front().events.empty()) return;
    page.line(2, fmt::format("look at {} of history.jsonl", events_in_words(result.findings.front(), events_shown)));
}

void write_bad_check(Page& page, const Account& account, const CheckResult& result)
{
    page.blank();
    const Mark mark = mark_of(result);
    const std::string where =
        result.source.line > 0 ? fmt::format(" ({}:{})", result.source.file, result.source.line) : std::string();
    page.hanging(page.painted(mark.colour, mark.word) + ' ', mark.word.size() + 1,
                 fmt::format("{}: {}{}", result.id, result.expectation, where));
    if (!result.reason.empty()) page.line(2, result.reason);
    write_findings(page, result);
    if (result.verdict != Verdict::fail) return;
    write_timeline(page, account, result);
    write_proof(page, result);
}

void write_what_to_do(Page& page, const Account& account)
{
    page.blank();
    if (!account.folder.empty()) {
        page.line(2, "everything about this run is in:");
        page.verbatim(4, account.folder);
    }
    if (!account.repeat_command.empty()) {
        page.line(2, "to repeat it:");
        page.verbatim(4, account.repeat_command);
    }
}

std::string name_of(const Account& account)
{
    std::string name =
        account.subject == "router" ? account.scenario : fmt::format("{} ({})", account.scenario, account.subject);
    if (account.repeat > 0) name += fmt::format(" repeat {}", account.repeat);
    return name;
}

std::string why(const Account& account)
{
    if (!account.trouble.empty()) return account.trouble;
    std::string names;
    for (const CheckResult* result : in_order_of_interest(account)) {
        if (result->verdict != account.judgement.verdict()) continue;
        names += names.empty() ? result->id : ", " + result->id;
    }
    return names;
}

std::size_t count_marked(const std::vector<Account>& accounts, std::string_view word)
{
    return static_cast<std::size_t>(std::count_if(
        accounts.begin(), accounts.end(), [&](const Account& account) { return mark_of(account).word == word; }));
}

}  // namespace

std::string console(const Account& account, const ConsoleStyle& style)
{
    Page page(style);
    write_header(page, account);
    if (!account.trouble.empty()) {
        page.blank();
        page.line(2, fmt::format("The harness or its surroundings failed: {}", account.trouble));
    }
    if (!account.judgement.checks.empty()) {
        page.blank();
        write_checks(page, account);
    }
    const std::vector<const CheckResult*> bad = in_order_of_interest(account);
    for (const CheckResult* result : bad) write_bad_check(page, account, *result);
    if (!bad.empty() || !account.trouble.empty() || account.judgement.checks.empty()) write_what_to_do(page, account);
    page.blank();  // the next run begins after it
    return page.take();
}

std::string console_summary(const std::vector<Account>& accounts, const ConsoleStyle& style)
{
    Page page(style);
    for (const Account& account : accounts) {
        const Mark mark = mark_of(account);
        if (mark.word == "pass") continue;
        page.hanging(padded(page, mark), mark_columns,
                     fmt::format("{} (seed {}): {}", name_of(account), account.seed, why(account)));
    }
    std::vector<std::string> parts;
    for (const Mark& mark : {Mark{"pass", Colour::green}, Mark{"FAIL", Colour::red}, Mark{"UNKNOWN", Colour::yellow},
                             Mark{"ERROR", Colour::red}}) {
        const std::size_t count = count_marked(accounts, mark.word);
        if (count > 0) parts.push_back(page.painted(mark.colour, fmt::format("{} {}", count, mark.word)));
    }
    std::string text = page.take();
    text += fmt::format("{} run{}: {}\n", accounts.size(), accounts.size() == 1 ? "" : "s", fmt::join(parts, ", "));
    return text;
}

}  // namespace chaos::reports
