// What the mocks tell whoever watches them. They do not know the history; the harness turns these calls into events.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "net/time.hpp"
#include "wire/chat.hpp"

namespace chaos::mock_providers {

/// One request as a provider recognised it, by the tokens in its messages.
struct Attempt {
    std::string provider;
    std::string name;           ///< "primary#17", unique in the run
    std::uint64_t ordinal = 0;  ///< nth request this provider received, from 1
    std::uint64_t connection = 0;
    std::string task;           ///< empty: a stray
    int step = 0;               ///< the step its conversation asks for; steps + 1 for the final answer
    std::uint64_t nth_try = 0;  ///< nth attempt for this task and step at this provider, from 1
    std::string caller;         ///< which API key it came with: "key 1"; empty: none
};

/// How something ended on the wire; the words of history::Ending.
enum class WireEnd { complete, cut_fin, cut_reset, silent, client_left };
enum class Proof { delivered, contacted, armed };

class Observer {
public:
    virtual ~Observer() = default;

    virtual void connection_opened(std::string_view provider, std::uint64_t ordinal) = 0;
    virtual void attempt_received(const Attempt& attempt, const wire::ChatRequest& request) = 0;
    virtual void output_started(const Attempt& attempt) = 0;
    virtual void attempt_ended(const Attempt& attempt, int status, WireEnd end, std::int64_t tokens) = 0;
    /// The answer, which ended, told the caller to stay away for `wait`. `why`: what was used up; empty: a fault's
    /// doing.
    virtual void told_to_wait(const Attempt& attempt, net::Duration wait, std::string_view why) = 0;
    /// The endpoint behind the provider gave no answer, or broke off in it; before attempt_ended.
    virtual void upstream_failed(const Attempt& attempt, std::string_view why) = 0;
    virtual void stray_received(std::string_view where, std::string_view why) = 0;

    virtual void fault_armed(std::string_view fault, std::string_view target, std::string_view probe) = 0;
    /// It cannot be had here.
    virtual void fault_skipped(std::string_view fault, std::string_view target, std::string_view why) = 0;
    virtual void fault_opportunity(std::string_view fault, const Attempt& attempt, bool fell) = 0;
    /// `attempt.name` is empty for what happened before a request could be read.
    virtual void fault_delivered(std::string_view fault, const Attempt& attempt, Proof proof,
                                 std::string_view what) = 0;
    virtual void fault_released(std::string_view fault, std::string_view target) = 0;

    struct ToolUse {
        std::string task;
        int step = 0;
        std::string tool;
        std::string effect;     ///< effect token
        std::string key;        ///< Idempotency-Key, if the caller sent one
        std::string arguments;  ///< as received
        std::string fault;      ///< the fault that delivered the call once more; empty: the caller itself sent it
    };
    virtual void tool_received(const ToolUse& use) = 0;
    virtual void effect_performed(const ToolUse& use) = 0;
    virtual void effect_replayed(const ToolUse& use) = 0;
    virtual void tool_answered(const ToolUse& use, int status, WireEnd end) = 0;
    /// `what` is what really happened; empty if the die did not fall, or if it did not come to the deed.
    virtual void tool_fault(std::string_view fault, const ToolUse& use, bool fell, std::string_view what) = 0;
};

}  // namespace chaos::mock_providers
