// What is done to a request and to an answer between two protocols.
#include "router/translation.hpp"

#include <algorithm>

#include "wire/json_splice.hpp"
#include "wire/overloaded.hpp"

namespace chaos::router {
namespace {

namespace delta = wire::delta;
using wire::FinishReason;
using wire::Message;
using wire::Part;
using wire::Role;

constexpr std::string_view no_result = "(no result: the call was interrupted)";

/// A result whose call is not there, in words.
Message orphan_in_words(const Message& result)
{
    Message words = wire::message(Role::user, "Result of an earlier tool call: " + wire::result_in_words(result));
    for (const Part& part : result.content) {
        if (part.kind != Part::Kind::text) words.content.push_back(part);
    }
    return words;
}

Message stub_for(const std::string& call_id)
{
    Message stub = wire::message(Role::tool, std::string(no_result));
    stub.tool_call_id = call_id;
    stub.is_error = true;
    return stub;
}

/// APIs whose results are text and nothing else.
bool takes_attachments_in_results(Protocol protocol)
{
    return protocol == Protocol::anthropic || protocol == Protocol::openai_responses || protocol == Protocol::ollama;
}

bool can_ask_for_one_call(Protocol protocol)
{
    return protocol != Protocol::ollama && protocol != Protocol::gemini;
}

/// Unless it is told how much to take in, Ollama silently forgets the beginning of whatever is longer than its default.
void make_room(std::string& body, std::int64_t window)
{
    const std::string_view options = wire::json::raw_member(body, "options");
    const std::vector<wire::json::Edit> edits{{"num_ctx", std::to_string(window)}};
    auto longer = wire::json::with_members(options.empty() ? "{}" : options, edits);
    if (!longer) return;
    auto edited = wire::json::with_members(body, {{"options", *std::move(longer.value)}});
    if (edited) body = *std::move(edited.value);
}

}  // namespace

std::size_t next_turn(const wire::ChatRequest& request)
{
    std::size_t turns = 0;
    bool in_turn = false;
    for (const Message& message : request.messages) {
        const bool of_model = message.role == Role::assistant;
        if (of_model && !in_turn) ++turns;
        in_turn = of_model;
    }
    return turns + 1;
}

void pair_calls(std::vector<Message>& messages)
{
    std::vector<Message> paired;
    std::vector<std::string> open;  ///< calls of the last turn without a result
    const auto close = [&] {
        for (const std::string& id : open) paired.push_back(stub_for(id));
        open.clear();
    };
    std::vector<Message> orphans;
    for (Message& message : messages) {
        if (message.role == Role::tool) {
            const auto call = std::find(open.begin(), open.end(), message.tool_call_id);
            if (call == open.end()) {
                orphans.push_back(orphan_in_words(message));
                continue;
            }
            open.erase(call);
            paired.push_back(std::move(message));
            continue;
        }
        close();
        std::move(orphans.begin(), orphans.end(), std::back_inserter(paired));
        orphans.clear();
        for (const wire::ToolCall& call : message.tool_calls) open.push_back(call.id);
        paired.push_back(std::move(message));
    }
    close();
    std::move(orphans.begin(), orphans.end(), std::back_inserter(paired));
    messages = std::move(paired);
}

void hoist_attachments(std::vector<Message>& messages)
{
    std::vector<Message> hoisted;
    Message attached;
    const auto flush = [&] {
        if (!attached.content.empty()) hoisted.push_back(std::move(attached));
        attached = Message{};
    };
    for (Message& message : messages) {
        if (message.role != Role::tool) flush();
        if (message.role == Role::tool) {
            const auto is_text = [](const Part& part) { return part.kind == Part::Kind::text; };
            const auto rest = std::stable_partition(message.content.begin(), message.content.end(), is_text);
            std::move(rest, message.content.end(), std::back_inserter(attached.content));
            message.content.erase(rest, message.content.end());
            if (message.content.empty() && !attached.content.empty()) {
                message.content.push_back({Part::Kind::text, "(attached below)"});
            }
        }
        hoisted.push_back(std::move(message));
    }
    flush();
    messages = std::move(hoisted);
}

Outward translate(wire::ChatRequest request, const Api& api, const Recipient& to, std::string_view nudge)
{
    Gap gap = gap_between(request, api.protocol(), to.lacks, to.has);
    leave_out(request, gap.soft);
    pair_calls(request.messages);
    if (!takes_attachments_in_results(api.protocol())) hoist_attachments(request.messages);
    if (!nudge.empty()) request.messages.push_back(wire::message(Role::user, std::string(nudge)));
    const bool one_by_one = request.parallel_tool_calls == false && !can_ask_for_one_call(api.protocol());
    request.model = to.model;
    // One vendor wants to be told a limit, and all refuse one beyond what the model can give.
    const bool must_say = api.protocol() == Protocol::anthropic;
    if (to.max_output && (request.max_tokens || must_say)) {
        request.max_tokens = std::min(request.max_tokens.value_or(*to.max_output), *to.max_output);
    }
    request.include_usage = request.stream;
    Outward outward{{}, std::move(gap.soft), map_ids(request, api.id_rule()), one_by_one};
    outward.body = api.write_request(request);
    if (api.protocol() == Protocol::ollama && to.context_window) make_room(outward.body, *to.context_window);
    if (to.parameters.empty()) return outward;
    auto edited = wire::json::with_members(outward.body, wire::json::edits_of(to.parameters));
    if (edited) outward.body = *std::move(edited.value);
    return outward;
}

Inward::Inward(const Door& door, const IdMap& ids, Setting setting)
    : door_(door), ids_(ids), setting_(std::move(setting))
{
    setting_.identity.id = made_id(door.answer_prefix(), setting_.about, 0);
}

std::string Inward::answer_id(const std::string& id) const
{
    if (id.empty()) return setting_.identity.id;
    return id.starts_with(door_.answer_prefix()) ? id : made_id(door_.answer_prefix(), id, 0);
}

/// A new call must not share an id with one that the conversation has already, nor have none.
std::string Inward::call_id(const std::string& id, std::size_t nth) const
{
    if (id.empty()) return id;
    const std::string& meant = ids_.restored(id);
    const IdRule rule = door_.id_rule();
    if (is_legal(meant, rule) && setting_.taken.count(meant) == 0) return meant;
    if (setting_.taken.count(meant) == 0) return made_id(rule.prefix, meant, 0);
    return made_id(rule.prefix, setting_.about, nth + 1);
}

/// Spelt in the caller's own words. What was cut short, or is not known, is never shown as complete.
delta::Finish Inward::finish(FinishReason reason, bool refused) const
{
    if (refused && reason == FinishReason::stop) return {door_.refusal_reason(), ""};
    const bool unknown = reason == FinishReason::other;
    return {unknown ? FinishReason::length : reason, ""};
}

wire::ChatAnswer Inward::answer(wire::ChatAnswer answer) const
{
    answer.id = answer_id(answer.id);
    if (answer.model.empty()) answer.model = setting_.identity.model;
    if (answer.created == 0) answer.created = setting_.identity.created;
    if (setting_.one_call_only && answer.tool_calls.size() > 1) answer.tool_calls.resize(1);
    for (std::size_t i = 0; i < answer.tool_calls.size(); ++i) {
        wire::ToolCall& call = answer.tool_calls[i];
        call.id = call_id(call.id, i);
        if (call.arguments.empty()) call.arguments = "{}";
    }
    const delta::Finish ending = finish(answer.finish, !answer.refusal.empty());
    answer.finish = ending.reason;
    answer.finish_text = ending.text;
    return answer;
}

bool Inward::delta(wire::Delta& delta)
{
    return std::visit(wire::Overloaded{[&](delta::Start& start) {
                                           start.id = answer_id(start.id);
                                           if (start.model.empty()) start.model = setting_.identity.model;
                                           if (start.created == 0) start.created = setting_.identity.created;
                                           return true;
                                       },
                                       [&](delta::Call& call) {
                                           if (setting_.one_call_only && call.index > 0) return false;
                                           call.id = call_id(call.id, static_cast<std::size_t>(call.index));
                                           if (call.arguments.empty()) call.arguments = "{}";
                                           return true;
                                       },
                                       [&](delta::Refusal&) { return refused_ = true; },
                                       [&](delta::Finish& ending) {
                                           ending = finish(ending.reason, refused_);
                                           return true;
                                       },
                                       [&](delta::Text&) { return true; }, [&](delta::Reasoning&) { return true; },
                                       [&](delta::UsageReport&) { return true; }, [&](delta::Failed&) { return false; },
                                       [&](delta::Done&) { return false; }, [&](delta::Malformed&) { return false; }},
                      delta);
}

}  // namespace chaos::router
