// The tables of members.
#include "router/operation/record_json.hpp"

#include <array>

namespace chaos::router {
namespace {

constexpr std::size_t longest_word = 128;

/// OpenTelemetry's names for who made the model (gen_ai.system).
std::string_view gen_ai_system(std::string_view dialect)
{
    if (dialect == "gemini") return "gcp.gemini";
    if (dialect == "openai_responses") return "openai";
    return dialect;
}

void write_usage(JsonObject& object, std::string_view name, const AnswerFacts& answer, bool output)
{
    if (answer.usage) object.number(name, output ? answer.usage->completion_tokens : answer.usage->prompt_tokens);
}

void write_finish(JsonObject& object, std::string_view name, const AnswerFacts& answer)
{
    if (!answer.finish.empty()) object.texts(name, {short_word(answer.finish)});
}

void write_operation(JsonObject& object, std::string_view name, std::string_view path)
{
    if (path.ends_with("/embeddings")) {
        object.text(name, "embeddings");
    } else if (!path.ends_with("/models")) {
        object.text(name, "chat");
    }
}

using AttemptRef = const AttemptRecord&;
using RequestRef = const RequestRecord&;
using ObjectRef = JsonObject&;
using MemberName = std::string_view;

template <class Record>
struct Member {
    std::string_view name;
    std::string_view meaning;
    void (*write)(ObjectRef, MemberName, const Record&);
};

const std::array attempt_table{
    Member<AttemptRecord>{"request", "The id of the request, which the caller got as x-request-id.",
                          [](ObjectRef o, MemberName n, AttemptRef a) { o.text(n, a.request); }},
    Member<AttemptRecord>{"attempt", "Which of its attempts, from 1.",
                          [](ObjectRef o, MemberName n, AttemptRef a) { o.number(n, a.number); }},
    Member<AttemptRecord>{"target", "The provider.",
                          [](ObjectRef o, MemberName n, AttemptRef a) { o.text(n, a.target); }},
    Member<AttemptRecord>{"because", "Why this provider now.",
                          [](ObjectRef o, MemberName n, AttemptRef a) { o.text(n, a.because); }},
    Member<AttemptRecord>{"fresh_connection", "true: no kept connection was used.",
                          [](ObjectRef o, MemberName n, AttemptRef a) { o.flag(n, a.fresh_connection); }},
    Member<AttemptRecord>{"repair", "true: with a nudge after an answer that was none.",
                          [](ObjectRef o, MemberName n, AttemptRef a) { o.flag(n, a.repair); }},
    Member<AttemptRecord>{"hedge", "true: beside another provider that was silent.",
                          [](ObjectRef o, MemberName n, AttemptRef a) { o.flag(n, a.hedge); }},
    Member<AttemptRecord>{"class", "What came of it: ok, rate_limit, timeout, ...",
                          [](ObjectRef o, MemberName n, AttemptRef a) { o.text(n, spelling(a.what)); }},
    Member<AttemptRecord>{
        "timer", "Of a timeout: connect, first_token, idle or total.",
        [](ObjectRef o, MemberName n, AttemptRef a) { o.text(n, a.timer == Timer::none ? "" : spelling(a.timer)); }},
    Member<AttemptRecord>{"status", "The provider's status; 0: no answer.",
                          [](ObjectRef o, MemberName n, AttemptRef a) { o.number(n, a.status); }},
    Member<AttemptRecord>{"why", "What went wrong, in the router's words.",
                          [](ObjectRef o, MemberName n, AttemptRef a) { o.text(n, a.why); }},
    Member<AttemptRecord>{"took_ms", "From its beginning to its end.",
                          [](ObjectRef o, MemberName n, AttemptRef a) { o.milliseconds(n, a.took); }},
    Member<AttemptRecord>{"first_content_ms", "To the first content; of an answer that is not streamed, to its head.",
                          [](ObjectRef o, MemberName n, AttemptRef a) {
                              if (a.first_content) o.milliseconds(n, *a.first_content);
                          }},
    Member<AttemptRecord>{"decision", "reply, reconnect, repair, retry, failover, yield, wait or give_up.",
                          [](ObjectRef o, MemberName n, AttemptRef a) { o.text(n, spelling(a.decision.kind)); }},
    Member<AttemptRecord>{"next", "The provider that is asked next.",
                          [](ObjectRef o, MemberName n, AttemptRef a) { o.text(n, a.decision.target); }},
    Member<AttemptRecord>{"wait_ms", "How long the decision is to wait.",
                          [](ObjectRef o, MemberName n, AttemptRef a) {
                              if (a.decision.kind == DecisionKind::wait) o.milliseconds(n, a.decision.wait);
                          }},
    Member<AttemptRecord>{"reason", "Why that was decided.",
                          [](ObjectRef o, MemberName n, AttemptRef a) { o.text(n, a.decision.reason); }},
    Member<AttemptRecord>{
        "provider_request_id", "The provider's own id of it.",
        [](ObjectRef o, MemberName n, AttemptRef a) { o.text(n, short_word(a.provider_request_id)); }},
    Member<AttemptRecord>{"trace_id", "Of the trace (W3C trace context).",
                          [](ObjectRef o, MemberName n, AttemptRef a) { o.text(n, a.trace.trace_id); }},
    Member<AttemptRecord>{"span_id", "Of the attempt's own span, which the provider is told.",
                          [](ObjectRef o, MemberName n, AttemptRef a) { o.text(n, a.trace.span_id); }},
    Member<AttemptRecord>{"gen_ai.system", "OpenTelemetry: whose API it is.",
                          [](ObjectRef o, MemberName n, AttemptRef a) { o.text(n, gen_ai_system(a.dialect)); }},
    Member<AttemptRecord>{"gen_ai.request.model", "The model that was asked for.",
                          [](ObjectRef o, MemberName n, AttemptRef a) { o.text(n, a.model); }},
    Member<AttemptRecord>{"gen_ai.response.model", "The model that answered, as the answer says.",
                          [](ObjectRef o, MemberName n, AttemptRef a) { o.text(n, short_word(a.answer.model)); }},
    Member<AttemptRecord>{"gen_ai.response.id", "The answer's id.",
                          [](ObjectRef o, MemberName n, AttemptRef a) { o.text(n, short_word(a.answer.id)); }},
    Member<AttemptRecord>{"gen_ai.response.finish_reasons", "Why the answer ended.",
                          [](ObjectRef o, MemberName n, AttemptRef a) { write_finish(o, n, a.answer); }},
    Member<AttemptRecord>{"gen_ai.usage.input_tokens", "Tokens that were read, if the answer says.",
                          [](ObjectRef o, MemberName n, AttemptRef a) { write_usage(o, n, a.answer, false); }},
    Member<AttemptRecord>{"gen_ai.usage.output_tokens",
                          "Tokens that were written, also in an answer that was not good enough.",
                          [](ObjectRef o, MemberName n, AttemptRef a) { write_usage(o, n, a.answer, true); }},
    Member<AttemptRecord>{
        "error.type", "OpenTelemetry: the class of what did not go well.",
        [](ObjectRef o, MemberName n, AttemptRef a) { o.text(n, is_failure(a.what) ? spelling(a.what) : ""); }},
};

const std::array request_table{
    Member<RequestRecord>{"request", "Its id, which the caller got as x-request-id.",
                          [](ObjectRef o, MemberName n, RequestRef r) { o.text(n, r.id); }},
    Member<RequestRecord>{"caller", "Whose token came with it.",
                          [](ObjectRef o, MemberName n, RequestRef r) { o.text(n, r.caller); }},
    Member<RequestRecord>{"path", "What was asked for.",
                          [](ObjectRef o, MemberName n, RequestRef r) { o.text(n, short_word(r.path)); }},
    Member<RequestRecord>{"stream", "true: the answer was to be streamed.",
                          [](ObjectRef o, MemberName n, RequestRef r) { o.flag(n, r.stream); }},
    Member<RequestRecord>{"status", "What the caller got; 0: nothing.",
                          [](ObjectRef o, MemberName n, RequestRef r) { o.number(n, r.status); }},
    Member<RequestRecord>{"whole", "true: to its end.",
                          [](ObjectRef o, MemberName n, RequestRef r) { o.flag(n, r.whole); }},
    Member<RequestRecord>{"broken", "true: the answer had begun and ended in an error.",
                          [](ObjectRef o, MemberName n, RequestRef r) { o.flag(n, r.broken); }},
    Member<RequestRecord>{"client_left", "true: the caller left before its end.",
                          [](ObjectRef o, MemberName n, RequestRef r) { o.flag(n, r.client_left); }},
    Member<RequestRecord>{"error", "The code of an error that the caller got from the router.",
                          [](ObjectRef o, MemberName n, RequestRef r) { o.text(n, short_word(r.error_code)); }},
    Member<RequestRecord>{"keyed", "Of a request with an Idempotency-Key: led, joined, replayed or refused.",
                          [](ObjectRef o, MemberName n, RequestRef r) { o.text(n, r.keyed); }},
    Member<RequestRecord>{"served_by", "The provider whose answer it is.",
                          [](ObjectRef o, MemberName n, RequestRef r) { o.text(n, r.served_by); }},
    Member<RequestRecord>{"degraded", "Why it was not the first of the chain.",
                          [](ObjectRef o, MemberName n, RequestRef r) { o.text(n, r.degraded); }},
    Member<RequestRecord>{"dropped", "What that provider could not be told.",
                          [](ObjectRef o, MemberName n, RequestRef r) { o.texts(n, r.dropped); }},
    Member<RequestRecord>{"attempts", "How many there were.",
                          [](ObjectRef o, MemberName n, RequestRef r) { o.number(n, r.attempts); }},
    Member<RequestRecord>{"took_ms", "From its last byte to the answer's.",
                          [](ObjectRef o, MemberName n, RequestRef r) { o.milliseconds(n, r.took); }},
    Member<RequestRecord>{"first_byte_ms", "To the first byte of the answer's body.",
                          [](ObjectRef o, MemberName n, RequestRef r) {
                              if (r.first_content) o.milliseconds(n, *r.first_content);
                          }},
    Member<RequestRecord>{"upstream_ms", "Of that, in attempts.",
                          [](ObjectRef o, MemberName n, RequestRef r) { o.milliseconds(n, r.upstream); }},
    Member<RequestRecord>{"waited_ms", "Of that, for a provider to come back.",
                          [](ObjectRef o, MemberName n, RequestRef r) { o.milliseconds(n, r.waited); }},
    Member<RequestRecord>{"trace_id", "Of the trace (W3C trace context): the caller's, if it sent one.",
                          [](ObjectRef o, MemberName n, RequestRef r) { o.text(n, r.trace.trace_id); }},
    Member<RequestRecord>{"span_id", "Of the router's own span.",
                          [](ObjectRef o, MemberName n, RequestRef r) { o.text(n, r.trace.span_id); }},
    Member<RequestRecord>{"parent_span_id", "Of the caller's span, if it sent one.",
                          [](ObjectRef o, MemberName n, RequestRef r) { o.text(n, r.parent_span); }},
    Member<RequestRecord>{"gen_ai.operation.name", "OpenTelemetry: chat or embeddings.",
                          [](ObjectRef o, MemberName n, RequestRef r) {
                              if (!r.model.empty()) write_operation(o, n, r.path);
                          }},
    Member<RequestRecord>{"gen_ai.request.model", "The model as the caller calls it.",
                          [](ObjectRef o, MemberName n, RequestRef r) { o.text(n, r.model); }},
    Member<RequestRecord>{"gen_ai.response.model", "The model that answered, as the answer says.",
                          [](ObjectRef o, MemberName n, RequestRef r) { o.text(n, short_word(r.answer.model)); }},
    Member<RequestRecord>{"gen_ai.response.finish_reasons", "Why the answer ended.",
                          [](ObjectRef o, MemberName n, RequestRef r) { write_finish(o, n, r.answer); }},
    Member<RequestRecord>{"gen_ai.usage.input_tokens", "Of the answer that was served.",
                          [](ObjectRef o, MemberName n, RequestRef r) { write_usage(o, n, r.answer, false); }},
    Member<RequestRecord>{"gen_ai.usage.output_tokens", "Of the answer that was served.",
                          [](ObjectRef o, MemberName n, RequestRef r) { write_usage(o, n, r.answer, true); }},
};

template <class Table>
std::vector<RecordMember> record_members_of(const Table& table)
{
    std::vector<RecordMember> members;
    for (const auto& member : table) members.push_back({member.name, member.meaning});
    return members;
}

}  // namespace

std::string short_word(std::string_view word)
{
    std::string kept(word.substr(0, longest_word));
    for (char& c : kept) {
        if (c < 0x20 || c >= 0x7f) c = '?';
    }
    return kept;
}

void write_attempt(JsonObject& object, const AttemptRecord& attempt)
{
    for (const auto& member : attempt_table) member.write(object, member.name, attempt);
}

void write_request(JsonObject& object, const RequestRecord& request)
{
    for (const auto& member : request_table) member.write(object, member.name, request);
}

std::vector<RecordMember> attempt_members()
{
    return record_members_of(attempt_table);
}

std::vector<RecordMember> request_members()
{
    return record_members_of(request_table);
}

std::vector<RecordMember> line_members()
{
    return {{"time", "When the line was written (RFC 3339, UTC)."}, {"kind", "attempt, request, tool_attempt, breaker (a provider's state changed), store (it failed) or event (of the process)."}};
}

}  // namespace chaos::router
