#include "harness/agent.hpp"

#include <fmt/format.h>

#include "mock_providers/brain.hpp"
#include "mock_providers/tool_server.hpp"

namespace chaos::harness {
namespace {

using history::Kind;
using history::Outcome;

constexpr std::string_view system_prompt =
    "You are a careful operator. Carry out the task step by step with the tools you are given, one step at a time. "
    "Never repeat a step whose result you have already seen.";

wire::ChatRequest opening(const Plan& plan, const PlannedTask& task)
{
    wire::ChatRequest request;
    request.model = plan.scenario.agents.model;
    request.stream = plan.scenario.agents.stream;
    request.include_usage = request.stream;
    request.messages.push_back(wire::message(wire::Role::system, std::string(system_prompt)));
    request.messages.push_back(wire::message(wire::Role::user, mock_providers::task_text(task.brief)));
    for (const auto& tool : plan.scenario.tools) request.tools.push_back(mock_providers::declaration(tool));
    return request;
}

wire::Message assistant_turn(const wire::ChatAnswer& answer)
{
    wire::Message message;
    message.role = wire::Role::assistant;
    if (!answer.text.empty()) message.content.push_back({wire::Part::Kind::text, answer.text});
    message.tool_calls = answer.tool_calls;
    return message;
}

std::vector<std::string> marks_of(const wire::ChatAnswer& answer)
{
    std::string text = answer.text;
    for (const wire::ToolCall& call : answer.tool_calls) text += "\n" + call.arguments;
    return mock_providers::find_marks(text);
}

int turn_cap_of(const AgentsSpec& agents)
{
    return agents.turn_cap > 0 ? agents.turn_cap : 2 * (agents.steps + 1);
}

}  // namespace

Agent::Agent(net::Runtime& runtime, const Plan& plan, Recorder& recorder, net::http::Client& client,
             net::Endpoint subject, net::Endpoint tools, const Stop& stop)
    : runtime_(runtime),
      plan_(plan),
      recorder_(recorder),
      stop_(stop),
      caller_(runtime, client, std::move(subject), plan.scenario.agents.dialect),
      tool_caller_(runtime, client, std::move(tools), recorder),
      turn_cap_(turn_cap_of(plan.scenario.agents))
{
}

history::Event Agent::event_of(const Conversation& conversation, Kind kind) const
{
    history::Event event;
    event.actor = history::Actor::agent;
    event.kind = kind;
    event.task = conversation.task.brief.task;
    event.step = conversation.step;
    return event;
}

void Agent::end_task(const Conversation& conversation, Outcome outcome, std::string text)
{
    history::Event event = event_of(conversation, Kind::task_ended);
    event.step = 0;
    event.outcome = outcome;
    event.text = std::move(text);
    event.expected = conversation.task.answer;
    recorder_.record(std::move(event));
}

net::Task<void> Agent::carry_out(const PlannedTask& task)
{
    Conversation conversation{task, opening(plan_, task), 0, 1, {}};
    history::Event started = event_of(conversation, Kind::task_started);
    started.step = 0;
    recorder_.record(std::move(started));

    while (conversation.turn < turn_cap_ && !stop_.requested()) {
        ++conversation.turn;
        const CallerAnswer result = co_await ask_with_retries(conversation);
        if (result.outcome != Outcome::ok) {
            end_task(conversation, Outcome::failed, result.error);
            co_return;
        }
        if (result.answer.tool_calls.empty()) {
            const bool right = mock_providers::contains_token(result.answer.text, task.answer);
            end_task(conversation, right ? Outcome::ok : Outcome::failed, result.answer.text);
            co_return;
        }
        co_await execute_calls(conversation, result.answer);
        conversation.step = mock_providers::understand(conversation.request).step;
        const net::Duration think = plan_.scenario.agents.think;
        if (think > net::Duration::zero()) co_await net::sleep_for(runtime_.clock(), think);
    }
    const std::string why = stop_.requested() ? "stopped" : fmt::format("gave up after {} turns", turn_cap_);
    end_task(conversation, stop_.requested() ? Outcome::unknown : Outcome::failed, why);
}

net::Task<CallerAnswer> Agent::ask_with_retries(Conversation& conversation)
{
    CallerAnswer result;
    for (int nth = 1; nth <= 1 + plan_.scenario.agents.retry_turn; ++nth) {
        if (nth > 1) co_await net::sleep_for(runtime_.clock(), plan_.scenario.agents.retry_after);
        const std::string id = fmt::format("{}/{}/{}", conversation.task.brief.task, conversation.turn, nth);
        result = co_await ask_once(conversation, id);
        if (result.outcome == Outcome::ok || stop_.requested()) break;
    }
    co_return result;
}

net::Task<CallerAnswer> Agent::ask_once(Conversation& conversation, const std::string& request_id)
{
    history::Event sent = event_of(conversation, Kind::request_sent);
    sent.request = request_id;
    sent.flag = conversation.request.stream;
    sent.turns = recorder_.turns().turns_of(conversation.request.messages);
    recorder_.record(std::move(sent));

    std::function<void()> first_output = [this, &conversation, &request_id] {
        history::Event event = event_of(conversation, Kind::first_output);
        event.request = request_id;
        recorder_.record(std::move(event));
    };
    CallerAnswer result =
        co_await caller_.ask(conversation.request, plan_.scenario.agents.deadline, std::move(first_output));

    history::Event ended = event_of(conversation, Kind::request_ended);
    ended.request = request_id;
    ended.status = result.status;
    ended.outcome = result.outcome;
    ended.ending = result.ending;
    ended.text = result.outcome == Outcome::ok ? result.answer.text : result.error;
    ended.marks = marks_of(result.answer);
    ended.finish = result.answer.finish_text;
    ended.error_type = result.error_type;
    ended.value = static_cast<std::int64_t>(result.answer.tool_calls.size());
    recorder_.record(std::move(ended));
    co_return result;
}

net::Task<void> Agent::execute_calls(Conversation& conversation, const wire::ChatAnswer& answer)
{
    conversation.request.messages.push_back(assistant_turn(answer));
    for (std::size_t nth = 0; nth < answer.tool_calls.size(); ++nth) {
        const wire::ToolCall& call = answer.tool_calls[nth];
        ToolCaller::Where where;
        where.task = conversation.task.brief.task;
        where.step = conversation.step;
        where.request = fmt::format("{}/{}", where.task, conversation.turn);
        where.effect = effect_of(call, plan_.find_tool(call.name));
        const auto unresolved = conversation.unresolved.find(where.effect);
        where.key =
            unresolved != conversation.unresolved.end() ? unresolved->second : fmt::format("{}/{}", where.request, nth);
        ToolCaller::Reply reply = co_await tool_caller_.call(call, where);
        if (reply.outcome == Outcome::unknown) {
            conversation.unresolved[where.effect] = where.key;
        } else {
            conversation.unresolved.erase(where.effect);
        }
        wire::Message result = wire::message(wire::Role::tool, std::move(reply.text));
        result.tool_call_id = call.id;
        conversation.request.messages.push_back(std::move(result));
    }
}

}  // namespace chaos::harness
