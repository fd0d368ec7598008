// The caller's side of one tool call: a lost reply is unknown and is asked for again under the same idempotency key.
#pragma once

#include <string>

#include "harness/recorder.hpp"
#include "mock_providers/spec.hpp"
#include "net/http/client.hpp"
#include "net/runtime.hpp"
#include "wire/chat.hpp"

namespace chaos::harness {

class ToolCaller {
public:
    ToolCaller(net::Runtime& runtime, net::http::Client& client, net::Endpoint server, Recorder& recorder)
        : runtime_(runtime), client_(client), server_(std::move(server)), recorder_(recorder)
    {
    }

    struct Where {
        std::string task;
        int step = 0;
        std::string request;  ///< the caller request whose answer held the call
        std::string effect;   ///< effect token in the arguments; empty if there is none
        std::string key;      ///< idempotency key
    };
    struct Reply {
        history::Outcome outcome = history::Outcome::unknown;
        std::string text;  ///< for the model: the result, or words about an error or a lost reply
    };
    /// Tries a lost reply a few times under the same key. Never throws for what tools can do.
    net::Task<Reply> call(const wire::ToolCall& call, const Where& where);

private:
    net::Task<Reply> call_once(const wire::ToolCall& call, const Where& where);

    net::Runtime& runtime_;
    net::http::Client& client_;
    net::Endpoint server_;
    Recorder& recorder_;
};

/// The effect token a call's arguments hold, in the place that its tool has for it; empty if there is none.
std::string effect_of(const wire::ToolCall& call, const mock_providers::ToolSpec* tool);

}  // namespace chaos::harness
