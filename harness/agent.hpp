// An agent: carries out one task at a time, turn by turn, the way agent frameworks do.
#pragma once

#include <map>

#include "harness/caller.hpp"
#include "harness/plan.hpp"
#include "harness/recorder.hpp"
#include "harness/stop.hpp"
#include "harness/tool_caller.hpp"

namespace chaos::harness {

class Agent {
public:
    Agent(net::Runtime& runtime, const Plan& plan, Recorder& recorder, net::http::Client& client, net::Endpoint subject,
          net::Endpoint tools, const Stop& stop);

    /// Asks, executes the calls it is given, tells the results, until the subject answers without calls or the turn cap
    /// is reached. Only calls of a turn that ended properly are executed.
    net::Task<void> carry_out(const PlannedTask& task);

private:
    struct Conversation {
        const PlannedTask& task;
        wire::ChatRequest request;
        int turn = 0;
        int step = 1;  ///< what the conversation asks for next
        /// Keys of calls whose reply was lost for good, by effect: asked for again, such a call keeps its key.
        std::map<std::string, std::string> unresolved;
    };
    net::Task<CallerAnswer> ask_with_retries(Conversation& conversation);
    net::Task<CallerAnswer> ask_once(Conversation& conversation, const std::string& request_id);
    net::Task<void> execute_calls(Conversation& conversation, const wire::ChatAnswer& answer);
    void end_task(const Conversation& conversation, history::Outcome outcome, std::string text);
    history::Event event_of(const Conversation& conversation, history::Kind kind) const;

    net::Runtime& runtime_;
    const Plan& plan_;
    Recorder& recorder_;
    const Stop& stop_;
    Caller caller_;
    ToolCaller tool_caller_;
    int turn_cap_;
};

}  // namespace chaos::harness
