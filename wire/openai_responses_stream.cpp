// A Responses stream as a server writes it: every item and part with its beginning and its end.
#include <fmt/format.h>

#include "wire/openai_responses.hpp"
#include "wire/overloaded.hpp"

namespace chaos::wire::openai_responses {

namespace {

using items::Item;
using items::PartKind;

/// How the events of a part are named, and what the last of them calls its content.
struct PartWords {
    std::string_view events;
    std::string_view content;
    std::string_view logprobs;  ///< only text has them
};

PartWords words_of(PartKind kind)
{
    switch (kind) {
        case PartKind::text:
            return {"response.output_text", "text", R"(,"logprobs":[])"};
        case PartKind::refusal:
            return {"response.refusal", "refusal", ""};
        case PartKind::reasoning:
            break;
    }
    return {"response.reasoning_text", "text", ""};
}

std::string terminal_event(std::string_view status)
{
    return fmt::format("response.{}", status);
}

/// {"type","code","message","param"}: what the event `error` nests.
std::string nested_error(const ProviderError& error)
{
    std::string out = R"("error":{"type":)";
    net::append_json_string(out, error.type.empty() ? "server_error" : error.type);
    if (error.code.empty()) {
        out += R"(,"code":null)";
    } else {
        items::append_member(out, "code", error.code);
    }
    items::append_member(out, "message", error.message);
    out += R"(,"param":null})";
    return out;
}

}  // namespace

void EventWriter::write(std::string& out, const Delta& delta)
{
    if (stage_ == Stage::over) return;
    if (stage_ == Stage::before) {
        const auto* start = std::get_if<delta::Start>(&delta);
        begin(out, start != nullptr ? *start : delta::Start());
    }
    using items::Kind;
    std::visit(
        Overloaded{[&](const delta::Start&) {},
                   [&](const delta::Text& piece) { say(out, Kind::message, PartKind::text, piece.text); },
                   [&](const delta::Reasoning& piece) { say(out, Kind::reasoning, PartKind::reasoning, piece.text); },
                   [&](const delta::Refusal& piece) { say(out, Kind::message, PartKind::refusal, piece.text); },
                   [&](const delta::Call& piece) { call(out, piece); },
                   [&](const delta::Finish& finished) { finish(out, finished); },
                   [&](const delta::UsageReport& report) { usage_ = report.usage; },
                   [&](const delta::Failed& failed) { fail(out, failed.error); }, [&](const delta::Done&) { end(out); },
                   [&](const delta::Malformed& malformed) { append_sse(out, malformed.data); }},
        delta);
}

void EventWriter::begin(std::string& out, const delta::Start& start)
{
    stage_ = Stage::open;
    identity_ = start;
    const items::Ending begun = items::ending_of(FinishReason::none, "");
    response_event(out, "response.created", begun);
    response_event(out, "response.in_progress", begun);
}

void EventWriter::say(std::string& out, items::Kind kind, PartKind part, const std::string& piece)
{
    if (!item_open_ || items_.back().kind != kind) open_item(out, kind, {});
    if (!part_open_ || items_.back().parts.back().kind != part) open_part(out, part);
    items_.back().parts.back().text += piece;
    const PartWords words = words_of(part);
    std::string members = place_of_part();
    items::append_member(members, "delta", piece);
    members += words.logprobs;
    event(out, fmt::format("{}.delta", words.events), members);
}

void EventWriter::call(std::string& out, const delta::Call& piece)
{
    const Item* open = item_open_ && items_.back().kind == items::Kind::call ? &items_.back() : nullptr;
    const bool goes_on =
        open != nullptr && call_index_ == piece.index && (piece.id.empty() || piece.id == open->call.id);
    if (!goes_on) {
        open_item(out, items::Kind::call, {piece.id, piece.name, ""});
        call_index_ = piece.index;
    }
    if (piece.arguments.empty()) return;
    items_.back().call.arguments += piece.arguments;
    std::string members = place_of_item();
    items::append_member(members, "delta", piece.arguments);
    event(out, "response.function_call_arguments.delta", members);
}

void EventWriter::finish(std::string& out, const delta::Finish& finish)
{
    finish_ = finish;
    const bool complete = items::ending_of(finish.reason, finish.text).incomplete_reason.empty();
    close_item(out, complete ? "completed" : "incomplete");
}

void EventWriter::fail(std::string& out, const ProviderError& error)
{
    stage_ = Stage::over;
    if (item_open_) items_.back().status = "incomplete";
    event(out, "error", nested_error(error));
    std::string members = R"("response":)";
    items::write_response(members, {identity_, {"failed", ""}, items_, usage_, &error});
    event(out, "response.failed", members);
}

void EventWriter::end(std::string& out)
{
    if (finish_.reason == FinishReason::none) return;
    stage_ = Stage::over;
    const items::Ending ending = items::ending_of(finish_.reason, finish_.text);
    response_event(out, terminal_event(ending.status), ending);
}

void EventWriter::open_item(std::string& out, items::Kind kind, ToolCall call)
{
    close_item(out, "completed");
    std::string id = items::item_id(kind, identity_.id, items_.size());
    Item& item = items_.emplace_back();
    item.kind = kind;
    item.id = std::move(id);
    item.call = std::move(call);
    item_open_ = true;
    item_event(out, "response.output_item.added");
}

void EventWriter::close_item(std::string& out, std::string_view status)
{
    if (!item_open_) return;
    close_part(out);
    item_open_ = false;
    Item& item = items_.back();
    item.status = status;
    if (item.kind == items::Kind::call) {
        std::string members = place_of_item();
        items::append_member(members, "name", item.call.name);
        items::append_member(members, "arguments", item.call.arguments);
        event(out, "response.function_call_arguments.done", members);
    }
    item_event(out, "response.output_item.done");
}

void EventWriter::open_part(std::string& out, PartKind kind)
{
    close_part(out);
    items_.back().parts.push_back({kind, ""});
    part_open_ = true;
    part_event(out, "response.content_part.added");
}

void EventWriter::close_part(std::string& out)
{
    if (!part_open_) return;
    part_open_ = false;
    const items::ContentPart& part = items_.back().parts.back();
    const PartWords words = words_of(part.kind);
    std::string members = place_of_part();
    items::append_member(members, words.content, part.text);
    members += words.logprobs;
    event(out, fmt::format("{}.done", words.events), members);
    part_event(out, "response.content_part.done");
}

void EventWriter::item_event(std::string& out, std::string_view type)
{
    std::string members = fmt::format(R"("output_index":{},"item":)", items_.size() - 1);
    items::write_item(members, items_.back());
    event(out, type, members);
}

void EventWriter::part_event(std::string& out, std::string_view type)
{
    std::string members = place_of_part() + R"(,"part":)";
    items::write_part(members, items_.back().parts.back());
    event(out, type, members);
}

void EventWriter::response_event(std::string& out, std::string_view type, const items::Ending& ending)
{
    std::string members = R"("response":)";
    items::write_response(members, {identity_, ending, items_, usage_});
    event(out, type, members);
}

void EventWriter::event(std::string& out, std::string_view type, std::string_view members)
{
    append_sse(out, fmt::format(R"({{"type":"{}","sequence_number":{},{}}})", type, sequence_number_, members), type);
    ++sequence_number_;
}

std::string EventWriter::place_of_item() const
{
    std::string members = R"("item_id":)";
    net::append_json_string(members, items_.back().id);
    fmt::format_to(std::back_inserter(members), R"(,"output_index":{})", items_.size() - 1);
    return members;
}

std::string EventWriter::place_of_part() const
{
    return fmt::format(R"({},"content_index":{})", place_of_item(), items_.back().parts.size() - 1);
}

}  // namespace chaos::wire::openai_responses
