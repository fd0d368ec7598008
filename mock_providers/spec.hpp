// What a scenario says about its providers, tools and faults: plain values, read from YAML.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/reader.hpp"
#include "mock_providers/brain_script.hpp"
#include "mock_providers/faults/parameters.hpp"
#include "mock_providers/limits/limits_spec.hpp"
#include "net/http/url.hpp"
#include "mock_providers/strictness.hpp"
#include "net/time.hpp"

namespace chaos::mock_providers {

/// A natural pace, or windows would pass before anything happens.
struct Pace {
    net::Duration first_token = std::chrono::milliseconds(120);
    net::Duration between_tokens = std::chrono::milliseconds(8);
};

/// How fast a recording is played.
enum class ReplayPace {
    recorded,  ///< head and chunks at the recorded offsets from the request
    none,      ///< at once
};

struct ReplaySpec {
    std::string file;
    ReplayPace pace = ReplayPace::recorded;
};

struct ProviderSpec {
    std::string name;
    std::string dialect = "openai";
    std::string model;
    std::uint16_t port = 0;  ///< 0: any free port
    std::optional<std::int64_t> context_window;
    Pace pace;
    LimitsSpec limits;
    std::vector<Strictness> refuses;  ///< what it does not take in a conversation, though the vendor does
    std::int64_t answer_tokens = 24;  ///< length of a final answer's filler text
    BrainScript brain;                ///< what it says turn by turn; empty: the usual brain
    bool tls = false;                 ///< it is reached by https alone
    std::optional<net::http::Url> upstream;  ///< a real endpoint that answers; nothing: the brain does
    std::string upstream_ca;                 ///< file with whom to trust there; empty: whom this machine trusts
    std::string record;                      ///< file that keeps what passes; empty: nothing is kept
    std::optional<ReplaySpec> replay;        ///< a recording answers
    bool answers_from_elsewhere() const { return upstream || replay; }
    config::Position at;
};

/// What executing a tool twice would mean.
enum class ToolKind { read_only, idempotent, effectful, irreversible, terminal };

struct ToolSpec {
    std::string name;
    ToolKind kind = ToolKind::effectful;
    std::string description;
    net::Duration takes = std::chrono::milliseconds(500);
    std::string input;   ///< JSON Schema of its arguments, as JSON text; empty: the usual one, `reference` and `content`
    std::string output;  ///< JSON Schema of its structured result, as JSON text; empty: its result is text alone
    std::string token_in = "reference";  ///< the text argument that holds the effect token; empty: none does
    config::Position at;
};

/// The door to the tools.
struct ToolServerSpec {
    std::uint16_t port = 0;  ///< 0: any free port
    bool sse = false;        ///< MCP answers as events instead of plain JSON
};

/// What a fault waits for; its window counts from the moment it came. One of the three.
struct After {
    std::string fault;          ///< the first time this fault happened
    std::string effect;         ///< the first effect of this tool
    std::int64_t requests = 0;  ///< so many requests were received
    std::string on;             ///< by this provider; empty: by the fault's own target

    bool counts_requests() const { return fault.empty() && effect.empty(); }
    std::string_view provider_of(std::string_view target) const { return on.empty() ? target : std::string_view(on); }
};

/// The window opens and closes by turns: down is when the fault is in force.
struct Flap {
    net::Duration up{};
    net::Duration down{};
    bool starts_up = false;
};

/// A header field that a request must have, name without case.
struct HeaderMatch {
    std::string name;
    std::string value;
};

/// Which occasions a fault picks. Empty fields pick every occasion.
struct Selector {
    std::optional<After> after;
    std::optional<net::Duration> from;  ///< since clock zero, or since what it waits for
    std::optional<net::Duration> until;
    std::optional<Flap> flap;
    std::optional<net::Duration> ramp;         ///< the chance grows from nothing for so long, from the window's beginning
    std::optional<config::Range> connections;  ///< connection faults only
    std::optional<config::Range> requests;     ///< counts requests this target received, from 1, before other selectors
    std::optional<std::int64_t> every;         ///< every nth of those
    std::optional<std::int64_t> times;         ///< at most so many injections
    std::optional<std::uint32_t> chance;       ///< parts per million
    std::optional<std::int64_t> at_least;      ///< the judge demands so many injections
    std::optional<bool> stream;                ///< match: streamed or not
    std::optional<std::string> model;          ///< match
    std::vector<HeaderMatch> headers;          ///< match: all of them
    std::optional<config::Range> task;         ///< match: the nth task of the run
    std::optional<config::Range> step;         ///< match: the step of the task a request is for
    std::optional<std::string> tool;           ///< match: tool faults only
    std::optional<std::string> turn;  ///< match: first (no tool result yet) | after_tool (the last message is one) |
                                      ///< final (every receipt is there)
};

struct FaultSpec {
    std::string name;       ///< stable: the given name, else "<fault>-<target>-<nth of its kind>"
    std::string target;     ///< a provider, or a tool server's tool ("tools" for all)
    std::string fault;      ///< the vocabulary's word: "blackhole"
    Parameters parameters;  ///< which alternative it is, says what the fault does
    Selector when;
    config::Position at;
};

/// A fault may be taken away while an exchange still carries it out. The object is the fault's identity: what was counted
/// and what rules stays with it when other faults come and go.
using SharedFault = std::shared_ptr<const FaultSpec>;
std::vector<SharedFault> shared(std::vector<FaultSpec> faults);

}  // namespace chaos::mock_providers
