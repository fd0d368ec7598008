// A success status is a claim; these are the checks an answer must pass before it counts as one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "router/outcome.hpp"
#include "router/request_facts.hpp"
#include "wire/chat.hpp"

namespace chaos::router {

/// What kind of body a content-type announces. An absent one announces nothing and is forgiven, as is text/plain.
enum class BodyKind { json, events, lines, html, unsaid, other };
BodyKind body_kind(std::string_view content_type);

/// The assembled answer against the request it is for. `invalid_200`: no finish reason, or one that says "error".
/// `empty_turn`: neither text nor call under a natural end, or after a tool result under any; or the reason says
/// tool_calls and there is none. `malformed_tool`: a call without id, with an id used twice, with a name that was not
/// declared, or whose arguments are not a JSON object ("" counts as {}); this holds for an answer that ended by length
/// too: half a call is never passed on. A refusal or a content filter is an answer.
Outcome check_answer(const wire::ChatAnswer& answer, const RequestFacts& facts);

struct WholeAnswer;
/// A whole body that came with a success status and was read: kind, JSON, error envelope, content, then check_answer of
/// every choice.
Outcome check_whole(BodyKind kind, std::string_view body, const WholeAnswer& read, const RequestFacts& facts);

/// A list of embeddings: one that is empty or an error is none.
Outcome check_embeddings(BodyKind kind, std::string_view body);

/// A body that is no stream, where a stream was asked for: never an answer, at best an error that says more.
Outcome check_unstreamed(BodyKind kind, std::string_view body, const WholeAnswer& read);

/// True if a JSON text gives call arguments as an object, where the dialect wants text.
bool has_object_arguments(std::string_view json);

/// A tool call that some model wrote as text: the text starts with a marker of calls, or ends with a call of one of
/// `tools` between tags, or is nothing but such a call in JSON, with or without a fence around it.
bool looks_like_call_as_text(std::string_view text, const std::vector<std::string>& tools);
/// True if `text` is a beginning of a marker or of a call of one of `tools` in JSON, or could still become one.
bool may_become_call_as_text(std::string_view text, const std::vector<std::string>& tools);

/// Empty arguments, or a JSON object.
bool arguments_are_valid(std::string_view arguments);

}  // namespace chaos::router
