// Gemini answers as a patient client reads them: whole bodies and stream events.
#include <limits>

#include "wire/gemini.hpp"
#include "wire/gemini_fields.hpp"

namespace chaos::wire::gemini {

namespace {

using json::Field;
using json::text_or_empty;
using simdjson::dom::array;
using simdjson::dom::object;

/// Tokens that were thought count as written. Until there is an end, only what has been counted.
std::optional<Usage> read_usage(const Field& usage, bool at_end)
{
    if (!json::object(usage)) return std::nullopt;
    std::optional<std::int64_t> prompt = json::integer(field(usage, "promptTokenCount"));
    std::optional<std::int64_t> candidates = json::integer(field(usage, "candidatesTokenCount"));
    std::optional<std::int64_t> thoughts = json::integer(field(usage, "thoughtsTokenCount"));
    bool counted = candidates || thoughts || (at_end && prompt);
    if (!counted) return std::nullopt;
    return Usage{prompt.value_or(0), candidates.value_or(0) + thoughts.value_or(0)};
}

/// Anything but an object with something in it is no error.
std::optional<ProviderError> reported_error(const Field& error, std::string_view whole)
{
    if (!json::object(error) && json::text(error).value_or("").empty()) return std::nullopt;
    return read_error(0, whole).error;
}

/// Servers send errors, and odd proxies everything, in a list of one.
Field unwrapped(const Field& root)
{
    std::optional<array> list = json::array(root);
    return list && list->begin() != list->end() ? Field(*list->begin()) : root;
}

/// The candidate with index 0, or the first without an index.
Field first_candidate(const Field& candidates)
{
    for (json::Element candidate : listed(candidates)) {
        if (json::object(candidate) && json::integer(field(candidate, "index")).value_or(0) == 0) return candidate;
    }
    return std::nullopt;
}

/// Appends the deltas of one answer or chunk. `calls`: how many calls the turn has had so far.
class DeltasOfResponse {
public:
    DeltasOfResponse(std::size_t turn, int& calls, std::vector<Delta>& deltas)
        : turn_(turn), calls_(calls), deltas_(deltas)
    {
    }

    /// False if it is no answer at all.
    bool read(const Field& root, std::string_view data);

private:
    void read_start(const Field& root);
    void read_part(const json::Element& part);
    void read_call(const Field& call);
    void read_end(const Field& candidate, const Field& feedback);

    std::size_t turn_;
    int& calls_;
    std::vector<Delta>& deltas_;
    bool ended_ = false;
};

bool DeltasOfResponse::read(const Field& root, std::string_view data)
{
    std::optional<object> members = json::object(root);
    if (!members) return false;
    auto [candidates, feedback, usage, error] =
        fields(*members, {"candidates", "promptFeedback", "usageMetadata", "error"});
    if (std::optional<ProviderError> reported = reported_error(error, data)) {
        deltas_.push_back(delta::Failed{std::move(*reported)});
        return true;
    }
    if (!candidates && !feedback && !usage) return false;
    read_start(root);
    Field candidate = first_candidate(candidates);
    for (json::Element part : listed(field(field(candidate, "content"), "parts"))) read_part(part);
    read_end(candidate, feedback);
    if (std::optional<Usage> counted = read_usage(usage, ended_)) deltas_.push_back(delta::UsageReport{*counted});
    return true;
}

void DeltasOfResponse::read_start(const Field& root)
{
    std::string id = text_or_empty(field(root, "responseId"));
    std::string model = text_or_empty(field(root, "modelVersion"));
    if (id.empty() && model.empty()) return;
    deltas_.push_back(delta::Start{std::move(id), std::move(model), 0});
}

void DeltasOfResponse::read_part(const json::Element& part)
{
    if (Field call = field(part, "functionCall")) return read_call(call);
    std::string text = text_or_empty(field(part, "text"));
    if (text.empty()) return;
    if (json::boolean(field(part, "thought")) == true) {
        deltas_.push_back(delta::Reasoning{std::move(text)});
    } else {
        deltas_.push_back(delta::Text{std::move(text)});
    }
}

void DeltasOfResponse::read_call(const Field& call)
{
    delta::Call whole;
    whole.index = calls_++;
    whole.id = text_or_empty(field(call, "id"));
    if (whole.id.empty()) whole.id = id_by_place(turn_, static_cast<std::size_t>(calls_));
    whole.name = text_or_empty(field(call, "name"));
    Field args = field(call, "args");
    whole.arguments = args ? json::dumped(*args) : "{}";
    deltas_.push_back(std::move(whole));
}

void DeltasOfResponse::read_end(const Field& candidate, const Field& feedback)
{
    std::string spelt = text_or_empty(field(candidate, "finishReason"));
    FinishReason reason = finish_reason(spelt);
    std::string blocked = text_or_empty(field(feedback, "blockReason"));
    if (!candidate && !blocked.empty()) {
        reason = FinishReason::content_filter;
        spelt = std::move(blocked);
    }
    if (reason == FinishReason::none) return;
    if (reason == FinishReason::stop && calls_ > 0) reason = FinishReason::tool_calls;
    ended_ = true;
    deltas_.push_back(delta::Finish{reason, std::move(spelt)});
}

std::string_view trimmed(std::string_view text)
{
    std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return "";
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

Read<AnswerBody> read_answer(std::string_view body, std::size_t turn)
{
    json::Parser parser;
    return read_answer(body, turn, parser);
}

Read<AnswerBody> read_answer(std::string_view body, std::size_t turn, json::Parser& parser)
{
    json::Document document(body, parser);
    if (!document.problem().empty()) return {std::nullopt, "the body is not JSON: " + document.problem()};
    Field root = unwrapped(document.root());
    if (!json::object(root)) return {std::nullopt, "the body: expected a JSON object"};
    std::vector<Delta> deltas;
    int calls = 0;
    DeltasOfResponse(turn, calls, deltas).read(root, body);
    AnswerAssembler assembler;
    for (const Delta& delta : deltas) assembler.add(delta);
    Read<AnswerBody> result;
    AnswerBody& out = result.value.emplace();
    out.answer = assembler.answer();
    out.error = assembler.error();
    out.has_candidates = first_candidate(field(root, "candidates")).has_value();
    return result;
}

ChunkReader::ChunkReader(std::size_t turn, const net::JsonLimits& limits) : turn_(turn), limits_(limits) {}

void ChunkReader::read(const SseEvent& event, std::vector<Delta>& deltas)
{
    std::string_view data = trimmed(event.data);
    if (data.empty()) return;
    json::Document document(data, limits_);
    if (!document.problem().empty()) {
        deltas.push_back(delta::Malformed{"not JSON: " + document.problem(), std::string(data)});
        return;
    }
    if (!DeltasOfResponse(turn_, calls_, deltas).read(unwrapped(document.root()), data)) {
        deltas.push_back(delta::Malformed{"not a chunk: it has no candidates", std::string(data)});
    }
}

}  // namespace chaos::wire::gemini
