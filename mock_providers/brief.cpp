// Writing the words of a task and finding them again.
#include "mock_providers/brief.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mock_providers/cursor.hpp"
#include "net/chance.hpp"

namespace chaos::mock_providers {

namespace {

constexpr std::string_view brief_opening = "Please carry out task ";
constexpr int most_steps = 10'000;
constexpr std::string_view no_tools = "none of your tools";
constexpr std::string_view receipt_opening = "Step ";
constexpr std::string_view receipt_middle = " is done. Its receipt is ";
constexpr std::string_view mark_opening = "(as ";

/// "write_file, send_email"; or that there are none.
std::optional<std::vector<std::string>> read_tool_list(Cursor& cursor)
{
    std::vector<std::string> tools;
    if (cursor.take(no_tools)) {
        return tools;
    }
    do {
        const std::string_view tool = cursor.token();
        if (tool.empty()) {
            return std::nullopt;
        }
        tools.emplace_back(tool);
    } while (cursor.take(", "));
    return tools;
}

/// Reads what task_text() writes after its opening words.
std::optional<Brief> read_brief(std::string_view text)
{
    Cursor cursor(text);
    Brief brief;
    brief.task = cursor.token();
    brief.run = run_of(brief.task);
    if (brief.run.empty() || !cursor.take(" in ")) {
        return std::nullopt;
    }
    const auto steps = cursor.number();
    if (!steps || *steps > most_steps || !cursor.take(" steps, with these tools in turn: ")) {
        return std::nullopt;
    }
    brief.steps = *steps;
    auto tools = read_tool_list(cursor);
    if (!tools || !cursor.take(".")) {
        return std::nullopt;
    }
    brief.tools = std::move(*tools);
    return brief;
}

std::optional<Receipt> read_receipt(std::string_view text)
{
    Cursor cursor(text);
    const auto step = cursor.take(receipt_opening) ? cursor.number() : std::nullopt;
    if (!step || !cursor.take(" of task ")) {
        return std::nullopt;
    }
    Receipt receipt;
    receipt.step = *step;
    receipt.task = cursor.token();
    if (!cursor.take(receipt_middle)) {
        return std::nullopt;
    }
    receipt.canary = cursor.token();
    return receipt;
}

/// "primary#17" from "primary-17)...", or nothing.
std::optional<std::string> read_mark(std::string_view text)
{
    Cursor cursor(text);
    std::string name(cursor.token());
    const std::size_t dash = name.rfind('-');
    if (!cursor.take(")") || dash == std::string::npos || dash == 0 || dash + 1 == name.size()) {
        return std::nullopt;
    }
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (!std::all_of(name.begin() + static_cast<std::ptrdiff_t>(dash) + 1, name.end(), is_digit)) {
        return std::nullopt;
    }
    name[dash] = '#';
    return name;
}

}  // namespace

std::string run_token(std::uint64_t seed)
{
    return three_words(net::Chance(seed).about("run").bits());
}

std::string task_token(std::string_view run, int number)
{
    return fmt::format("{}-t{:02}", run, number);
}

std::string_view run_of(std::string_view task)
{
    const std::size_t dash = task.rfind("-t");
    if (dash == std::string_view::npos || dash + 2 == task.size()) {
        return {};
    }
    Cursor number(task.substr(dash + 2));
    return number.number() && number.at_end() ? task.substr(0, dash) : std::string_view{};
}

std::optional<std::int64_t> task_number(std::string_view task)
{
    const std::string_view run = run_of(task);
    if (run.empty()) {
        return std::nullopt;
    }
    return Cursor(task.substr(run.size() + 2)).number();
}

std::string_view tool_of(const Brief& brief, int step)
{
    if (brief.tools.empty() || step < 1) {
        return {};
    }
    return brief.tools[static_cast<std::size_t>(step - 1) % brief.tools.size()];
}

std::string task_text(const Brief& brief)
{
    return fmt::format(
        "{}{} in {} steps, with these tools in turn: {}. Take one step at a time, give each call its reference, and "
        "wait "
        "for the receipt before the next step. When every step has its receipt, tell me what they add up to.",
        brief_opening, brief.task, brief.steps,
        brief.tools.empty() ? std::string(no_tools) : fmt::to_string(fmt::join(brief.tools, ", ")));
}

std::optional<Brief> find_brief(std::string_view user_text)
{
    std::optional<Brief> newest;
    std::size_t at = user_text.find(brief_opening);
    while (at != std::string_view::npos) {
        if (auto brief = read_brief(user_text.substr(at + brief_opening.size()))) {
            newest = std::move(brief);
        }
        at = user_text.find(brief_opening, at + brief_opening.size());
    }
    return newest;
}

std::optional<Brief> find_brief(const wire::ChatRequest& request)
{
    for (auto message = request.messages.rbegin(); message != request.messages.rend(); ++message) {
        if (message->role != wire::Role::user) {
            continue;
        }
        for (auto part = message->content.rbegin(); part != message->content.rend(); ++part) {
            if (part->kind != wire::Part::Kind::text) {
                continue;
            }
            if (auto brief = find_brief(part->text)) {
                return brief;
            }
        }
    }
    return std::nullopt;
}

std::string canary(std::string_view task, int step)
{
    return four_words(net::Chance(net::stable_hash(task)).about(static_cast<std::uint64_t>(step)).bits());
}

std::string canary(const Brief& brief, int step)
{
    return canary(brief.task, step);
}

std::string tool_result_text(std::string_view task, int step)
{
    return fmt::format("{}{} of task {}{}{}.", receipt_opening, step, task, receipt_middle, canary(task, step));
}

std::vector<Receipt> find_receipts(std::string_view text)
{
    std::vector<Receipt> receipts;
    std::size_t middle = text.find(receipt_middle);
    while (middle != std::string_view::npos) {
        const std::size_t opening = text.rfind(receipt_opening, middle);
        if (opening != std::string_view::npos) {
            if (auto receipt = read_receipt(text.substr(opening))) {
                receipts.push_back(std::move(*receipt));
            }
        }
        middle = text.find(receipt_middle, middle + receipt_middle.size());
    }
    return receipts;
}

std::string digest_over(const std::vector<std::string>& canaries)
{
    net::Chance digest(net::stable_hash("digest"));
    for (const auto& canary : canaries) {
        digest = digest.about(canary);
    }
    return four_words(digest.bits());
}

std::string expected_digest(const Brief& brief)
{
    std::vector<std::string> canaries;
    for (int step = 1; step <= brief.steps; ++step) {
        canaries.push_back(canary(brief, step));
    }
    return digest_over(canaries);
}

bool contains_token(std::string_view text, std::string_view token)
{
    const auto is_inside_word = [](char c) { return is_token_character(c) && c != '.'; };
    for (std::size_t at = text.find(token); at != std::string_view::npos; at = text.find(token, at + 1)) {
        const std::size_t end = at + token.size();
        const bool starts = at == 0 || !is_inside_word(text[at - 1]);
        const bool ends = end == text.size() || !is_inside_word(text[end]);
        if (starts && ends) {
            return true;
        }
    }
    return false;
}

std::string effect_token(std::string_view task, int step, int call)
{
    return fmt::format("{}/{}/{}", task, step, call);
}

std::optional<EffectIdentity> parse_effect_token(std::string_view token)
{
    Cursor cursor(token);
    EffectIdentity identity;
    identity.task = cursor.token();
    if (run_of(identity.task).empty() || !cursor.take("/")) {
        return std::nullopt;
    }
    const auto step = cursor.number();
    const auto call = step && cursor.take("/") ? cursor.number() : std::nullopt;
    if (!call || !cursor.at_end()) {
        return std::nullopt;
    }
    identity.step = *step;
    identity.call = *call;
    return identity;
}

std::string mark(std::string_view attempt_name)
{
    std::string words(attempt_name);
    std::replace(words.begin(), words.end(), '#', '-');
    return fmt::format("{}{})", mark_opening, words);
}

std::vector<std::string> find_marks(std::string_view text)
{
    std::vector<std::string> names;
    for (std::size_t at = text.find(mark_opening); at != std::string_view::npos; at = text.find(mark_opening, at + 1)) {
        auto name = read_mark(text.substr(at + mark_opening.size()));
        if (name && std::find(names.begin(), names.end(), *name) == names.end()) {
            names.push_back(std::move(*name));
        }
    }
    return names;
}

}  // namespace chaos::mock_providers
