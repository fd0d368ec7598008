// Records as JSON: the members of the access log and of explanations, one table that serves writer and documentation.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "router/observer.hpp"
#include "router/operation/json_object.hpp"

namespace chaos::router {

/// Members of an attempt; those with names of OpenTelemetry's GenAI conventions among them.
void write_attempt(JsonObject& object, const AttemptRecord& attempt);
void write_request(JsonObject& object, const RequestRecord& request);

/// One member: for the documentation.
struct RecordMember {
    std::string_view name;
    std::string_view meaning;
};
std::vector<RecordMember> attempt_members();
std::vector<RecordMember> request_members();
/// Those that every line of the access log begins with.
std::vector<RecordMember> line_members();

/// A provider's or a caller's word as it may stand in a log: one short line of visible ASCII, else cut or replaced.
std::string short_word(std::string_view word);

}  // namespace chaos::router
