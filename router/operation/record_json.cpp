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

void write_value(ObjectRef object, MemberName name, std::string_view text)
{
    object.text(name, text);
}
void write_value(ObjectRef object, MemberName name, const std::vector<std::string>& texts)
{
    object.texts(name, texts);
}
void write_value(ObjectRef object, MemberName name, int number)
{
    object.number(name, number);
}
void write_value(ObjectRef object, MemberName name, bool flag)
{
    object.flag(name, flag);
}
void write_value(ObjectRef object, MemberName name, net::Duration took)
{
    object.milliseconds(name, took);
}
void write_value(ObjectRef object, MemberName name, const std::optional<net::Duration>& took)
{
    if (took) object.milliseconds(name, *took);
}

template <class Record, class Value>
Record record_with(Value Record::*);

/// A member of the record as it is, or a word of somebody else's, cut short.
template <auto member>
void as_it_is(ObjectRef object, MemberName name, const decltype(record_with(member))& record)
{
    write_value(object, name, record.*member);
}
template <auto member>
void cut_short(ObjectRef object, MemberName name, const decltype(record_with(member))& record)
{
    object.text(name, short_word(record.*member));
}

/// What records of attempts and of requests tell alike.
template <class Record>
void write_trace_id(ObjectRef object, MemberName name, const Record& record)
{
    object.text(name, record.trace.trace_id);
}
template <class Record>
void write_span_id(ObjectRef object, MemberName name, const Record& record)
{
    object.text(name, record.trace.span_id);
}
template <class Record>
void write_answering_model(ObjectRef object, MemberName name, const Record& record)
{
    object.text(name, short_word(record.answer.model));
}
template <class Record>
void write_finish(ObjectRef object, MemberName name, const Record& record)
{
    if (!record.answer.finish.empty()) object.texts(name, {short_word(record.answer.finish)});
}
template <class Record>
void write_tokens_in(ObjectRef object, MemberName name, const Record& record)
{
    if (record.answer.usage) object.number(name, record.answer.usage->prompt_tokens);
}
template <class Record>
void write_tokens_out(ObjectRef object, MemberName name, const Record& record)
{
    if (record.answer.usage) object.number(name, record.answer.usage->completion_tokens);
}

using InAttempt = Member<AttemptRecord>;
using InRequest = Member<RequestRecord>;

const std::array attempt_table{
    InAttempt{"request", "The id of the request, which the caller got as x-request-id.",
              as_it_is<&AttemptRecord::request>},
    InAttempt{"attempt", "Which of its attempts, from 1.", as_it_is<&AttemptRecord::number>},
    InAttempt{"target", "The provider.", as_it_is<&AttemptRecord::target>},
    InAttempt{"because", "Why this provider now.", as_it_is<&AttemptRecord::because>},
    InAttempt{"fresh_connection", "true: no kept connection was used.", as_it_is<&AttemptRecord::fresh_connection>},
    InAttempt{"repair", "true: with a nudge after an answer that was none.", as_it_is<&AttemptRecord::repair>},
    InAttempt{"hedge", "true: beside another provider that was silent.", as_it_is<&AttemptRecord::hedge>},
    InAttempt{"class", "What came of it: ok, rate_limit, timeout, ...",
              [](ObjectRef o, MemberName n, AttemptRef a) { o.text(n, spelling(a.what)); }},
    InAttempt{
        "timer", "Of a timeout: connect, first_token, idle or total.",
        [](ObjectRef o, MemberName n, AttemptRef a) { o.text(n, a.timer == Timer::none ? "" : spelling(a.timer)); }},
    InAttempt{"status", "The provider's status; 0: no answer.", as_it_is<&AttemptRecord::status>},
    InAttempt{"why", "What went wrong, in the router's words.", as_it_is<&AttemptRecord::why>},
    InAttempt{"took_ms", "From its beginning to its end.", as_it_is<&AttemptRecord::took>},
    InAttempt{"first_content_ms", "To the first content; of an answer that is not streamed, to its head.",
              as_it_is<&AttemptRecord::first_content>},
    InAttempt{"decision", "reply, reconnect, repair, retry, failover, yield, wait or give_up.",
              [](ObjectRef o, MemberName n, AttemptRef a) { o.text(n, spelling(a.decision.kind)); }},
    InAttempt{"next", "The provider that is asked next.",
              [](ObjectRef o, MemberName n, AttemptRef a) { o.text(n, a.decision.target); }},
    InAttempt{"wait_ms", "How long the decision is to wait.",
              [](ObjectRef o, MemberName n, AttemptRef a) {
                  if (a.decision.kind == DecisionKind::wait) o.milliseconds(n, a.decision.wait);
              }},
    InAttempt{"reason", "Why that was decided.",
              [](ObjectRef o, MemberName n, AttemptRef a) { o.text(n, a.decision.reason); }},
    InAttempt{"provider_request_id", "The provider's own id of it.", cut_short<&AttemptRecord::provider_request_id>},
    InAttempt{"trace_id", "Of the trace (W3C trace context).", write_trace_id<AttemptRecord>},
    InAttempt{"span_id", "Of the attempt's own span, which the provider is told.", write_span_id<AttemptRecord>},
    InAttempt{"gen_ai.system", "OpenTelemetry: whose API it is.",
              [](ObjectRef o, MemberName n, AttemptRef a) { o.text(n, gen_ai_system(a.dialect)); }},
    InAttempt{"gen_ai.request.model", "The model that was asked for.", as_it_is<&AttemptRecord::model>},
    InAttempt{"gen_ai.response.model", "The model that answered, as the answer says.",
              write_answering_model<AttemptRecord>},
    InAttempt{"gen_ai.response.id", "The answer's id.",
              [](ObjectRef o, MemberName n, AttemptRef a) { o.text(n, short_word(a.answer.id)); }},
    InAttempt{"gen_ai.response.finish_reasons", "Why the answer ended.", write_finish<AttemptRecord>},
    InAttempt{"gen_ai.usage.input_tokens", "Tokens that were read, if the answer says.",
              write_tokens_in<AttemptRecord>},
    InAttempt{"gen_ai.usage.output_tokens", "Tokens that were written, also in an answer that was not good enough.",
              write_tokens_out<AttemptRecord>},
    InAttempt{"error.type", "OpenTelemetry: the class of what did not go well.",
              [](ObjectRef o, MemberName n, AttemptRef a) { o.text(n, is_failure(a.what) ? spelling(a.what) : ""); }},
};

const std::array request_table{
    InRequest{"request", "Its id, which the caller got as x-request-id.", as_it_is<&RequestRecord::id>},
    InRequest{"caller", "Whose token came with it.", as_it_is<&RequestRecord::caller>},
    InRequest{"path", "What was asked for.", cut_short<&RequestRecord::path>},
    InRequest{"stream", "true: the answer was to be streamed.", as_it_is<&RequestRecord::stream>},
    InRequest{"status", "What the caller got; 0: nothing.", as_it_is<&RequestRecord::status>},
    InRequest{"whole", "true: to its end.", as_it_is<&RequestRecord::whole>},
    InRequest{"broken", "true: the answer had begun and ended in an error.", as_it_is<&RequestRecord::broken>},
    InRequest{"client_left", "true: the caller left before its end.", as_it_is<&RequestRecord::client_left>},
    InRequest{"error", "The code of an error that the caller got from the router.",
              cut_short<&RequestRecord::error_code>},
    InRequest{"keyed", "Of a request with an Idempotency-Key: led, joined, replayed or refused.",
              as_it_is<&RequestRecord::keyed>},
    InRequest{"served_by", "The provider whose answer it is.", as_it_is<&RequestRecord::served_by>},
    InRequest{"degraded", "Why it was not the first of the chain.", as_it_is<&RequestRecord::degraded>},
    InRequest{"dropped", "What that provider could not be told.", as_it_is<&RequestRecord::dropped>},
    InRequest{"attempts", "How many there were.", as_it_is<&RequestRecord::attempts>},
    InRequest{"took_ms", "From its last byte to the answer's.", as_it_is<&RequestRecord::took>},
    InRequest{"first_byte_ms", "To the first byte of the answer's body.", as_it_is<&RequestRecord::first_content>},
    InRequest{"upstream_ms", "Of that, in attempts.", as_it_is<&RequestRecord::upstream>},
    InRequest{"waited_ms", "Of that, for a provider to come back.", as_it_is<&RequestRecord::waited>},
    InRequest{"trace_id", "Of the trace (W3C trace context): the caller's, if it sent one.",
              write_trace_id<RequestRecord>},
    InRequest{"span_id", "Of the router's own span.", write_span_id<RequestRecord>},
    InRequest{"parent_span_id", "Of the caller's span, if it sent one.", as_it_is<&RequestRecord::parent_span>},
    InRequest{"gen_ai.operation.name", "OpenTelemetry: chat or embeddings.",
              [](ObjectRef o, MemberName n, RequestRef r) {
                  if (!r.model.empty()) write_operation(o, n, r.path);
              }},
    InRequest{"gen_ai.request.model", "The model as the caller calls it.", as_it_is<&RequestRecord::model>},
    InRequest{"gen_ai.response.model", "The model that answered, as the answer says.",
              write_answering_model<RequestRecord>},
    InRequest{"gen_ai.response.finish_reasons", "Why the answer ended.", write_finish<RequestRecord>},
    InRequest{"gen_ai.usage.input_tokens", "Of the answer that was served.", write_tokens_in<RequestRecord>},
    InRequest{"gen_ai.usage.output_tokens", "Of the answer that was served.", write_tokens_out<RequestRecord>},
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
    return {{"time", "When the line was written (RFC 3339, UTC)."},
            {"kind",
             "attempt, request, tool_attempt, breaker (a provider's state changed), store (it failed) or event (of the "
             "process)."}};
}

}  // namespace chaos::router
