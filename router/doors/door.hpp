// A caller's protocol: what differs between callers on the router's way in and back, behind one seam.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http/message.hpp"
#include "router/apis/api.hpp"
#include "router/ids.hpp"
#include "router/protocol.hpp"
#include "router/redact.hpp"
#include "router/request_facts.hpp"
#include "router/surface.hpp"
#include "wire/chat.hpp"
#include "wire/read.hpp"

namespace chaos::router {

/// Writes one stream for a caller: either frames that are passed on as they came are told to passed(), or deltas are
/// given to write(); then exactly one of end() and fail(). Whatever came before, one lifecycle with one terminal event
/// comes out.
class StreamWriter {
public:
    virtual ~StreamWriter() = default;

    /// A frame went to the caller as it came.
    virtual void passed(const StreamUnit&) {}
    /// Calls must be whole. Start may come late, often or never. Done, Failed and Malformed are not for here.
    virtual void write(std::string& out, const wire::Delta& delta) = 0;
    /// The answer is complete.
    virtual void end(std::string& out) = 0;
    /// A sign of life that says nothing, between what was begun and what is to come. By default a comment.
    virtual void ping(std::string& out) { out += ": ping\n\n"; }
    /// It broke: one event of this protocol that says so, and nothing that looks like an end.
    virtual void fail(std::string& out, const wire::ProviderError& error) = 0;
};

/// What an answer is known by before a provider has said anything.
struct AnswerIdentity {
    std::string id;
    std::string model;
    std::int64_t created = 0;        ///< seconds since 1970
    std::int64_t prompt_tokens = 0;  ///< estimated
    bool include_usage = false;      ///< the caller wants to know at the end of a stream
};

/// Stateless.
class Door {
public:
    virtual ~Door() = default;

    virtual Protocol protocol() const = 0;

    /// False with `problem` set when the body is no request of this protocol.
    virtual bool read_facts(FactsReader& reader, std::string_view body, RequestFacts& facts,
                            std::string& problem) const = 0;
    /// Everything it says, for another protocol.
    virtual wire::Read<wire::ChatRequest> read(std::string_view body) const = 0;
    /// `body` with one more user message at the end, every other byte kept; nothing if there is no place for it.
    virtual std::optional<std::string> append_user_message(std::string_view body, std::string_view text) const = 0;
    /// `body` for a provider that speaks the same protocol: its model, the members of `parameters` (a JSON object, or
    /// empty), and that usage be told if `count_usage`.
    virtual std::string spliced(std::string_view body, const std::string& model, std::string_view parameters,
                                bool count_usage) const;
    /// `body` without the reasoning that some vendor sealed; nothing if there is none.
    virtual std::optional<std::string> without_sealed_reasoning(std::string_view body) const;

    virtual std::string write_answer(const wire::ChatAnswer& answer) const = 0;
    virtual std::unique_ptr<StreamWriter> stream_writer(AnswerIdentity identity) const = 0;
    virtual net::http::Response error_response(const SurfacedError& error, const Redactor& redactor) const = 0;
    virtual std::string write_models(const std::vector<std::string>& models, std::int64_t created) const = 0;

    virtual IdRule id_rule() const { return {}; }
    /// What ids of answers begin with.
    virtual std::string_view answer_prefix() const = 0;
    /// How an answer ends in which the model refuses.
    virtual wire::FinishReason refusal_reason() const { return wire::FinishReason::content_filter; }
};

/// The door of a path; null if there is none.
const Door* door_at(std::string_view path);
const Door& door_of(Protocol protocol);
/// The paths with a door behind them.
std::vector<std::string_view> door_paths();

/// An error's members with everything secret struck out.
wire::ProviderError redacted(const SurfacedError& error, const Redactor& redactor);
/// An empty JSON response with the error's status, Retry-After if a wait is known, and x-should-retry if it is not worth
/// it.
net::http::Response error_head(const SurfacedError& error);

}  // namespace chaos::router
