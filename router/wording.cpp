// A caller's request in the words of one provider.
#include "router/wording.hpp"

#include "router/field_values.hpp"
#include "router/text_joint.hpp"

namespace chaos::router {
namespace {

/// Of a caller's request headers these may go on; everything else stays here: keys, organisations, cookies, hop-by-hop.
/// All but the first only go to a provider that speaks the caller's protocol.
constexpr std::string_view forwarded_headers[] = {"user-agent", "openai-beta", "anthropic-beta", "anthropic-version"};

constexpr std::size_t usual_size_of_fields = 512;

/// For this provider, but for what is counted.
bool is_worded_already(const WordingInput& input)
{
    const RequestFacts& facts = input.asked.facts;
    return facts.model_once && facts.model == input.target.model && input.link.parameters.empty();
}

std::string_view nudge_of(const WordingInput& input)
{
    return input.repair != nullptr ? input.repair->nudge : std::string_view();
}

}  // namespace

AnswerIdentity identity_of_answer(const WordingInput& input, net::WallTime now)
{
    AnswerIdentity identity;
    identity.id = made_id(input.asked.door.answer_prefix(), input.original.body, 0);
    identity.model = input.target.model;
    identity.created = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    identity.prompt_tokens = input.asked.facts.estimated_tokens;
    identity.include_usage = input.asked.facts.wants_usage;
    return identity;
}

Wording::Wording(const WordingInput& input, const net::WallClock& wall) : api_(api_of(input.link.protocol))
{
    const bool other_words = api_.protocol() != input.asked.door.protocol();
    translated_ = (other_words || input.continues != nullptr) && input.asked.request;
    if (translated_) translate_request(input);
    const bool may_continue = may_have_to_continue(input.policy, input.asked.facts) && input.asked.request;
    if (translated_ || may_continue) prepare_way_back(input, wall.now());
    if (!translated_) splice(input);
}

void Wording::translate_request(const WordingInput& input)
{
    wire::ChatRequest request = *input.asked.request;
    turn_ = next_turn(request);
    const bool continues = input.continues != nullptr;
    const std::string more = continues ? continuation_request(*input.continues) : std::string(nudge_of(input));
    if (continues) request.messages.push_back(wire::message(wire::Role::assistant, *input.continues));
    const Recipient to{input.target.model,    input.target.lacks,        input.link.parameters,
                       input.link.max_output, input.link.context_window, input.target.has};
    outward_ = translate(std::move(request), api_, to, more);
    body_ = std::move(outward_->body);
    ids_ = std::move(outward_->ids);
}

void Wording::prepare_way_back(const WordingInput& input, net::WallTime now)
{
    const Door& door = input.asked.door;
    if (!ids_) ids_.emplace(door.id_rule());
    const bool one_call_only = outward_ && outward_->one_call_only;
    Inward::Setting setting{identity_of_answer(input, now), input.original.body, ids_in(*input.asked.request),
                            one_call_only};
    inward_ = std::make_unique<Inward>(door, *ids_, std::move(setting));
}

void Wording::splice(const WordingInput& input)
{
    const Door& door = input.asked.door;
    const bool count_usage = input.asked.facts.stream && input.policy.count_usage;
    body_ = is_worded_already(input) && !count_usage
                ? input.original.body
                : door.spliced(input.original.body, input.target.model, input.link.parameters, count_usage);
    if (input.repair != nullptr && input.repair->strip_reasoning) {
        if (auto stripped = door.without_sealed_reasoning(body_)) body_ = *std::move(stripped);
    }
    const std::string_view nudge = nudge_of(input);
    if (nudge.empty()) return;
    if (auto nudged = door.append_user_message(body_, nudge)) body_ = *std::move(nudged);
}

net::http::Request Wording::request(const WordingInput& input, std::size_t key, const TraceContext& trace)
{
    const Target& target = input.target;
    const bool stream = input.asked.facts.stream;
    const Link::Paths& paths = input.link.paths;
    const std::string& path = input.asked.embeddings ? paths.embeddings : stream ? paths.streamed : paths.whole;
    net::http::Request request{{"POST", path, {}}, std::move(body_)};
    net::http::Headers& headers = request.head.headers;
    headers.reserve(usual_size_of_fields);
    headers.add("content-type", "application/json");
    headers.add("accept", stream ? "text/event-stream" : "application/json");
    api_.add_headers(headers, key < target.api_keys.size() ? target.api_keys[key] : "");
    const auto values = field_values(input.original.head.headers, forwarded_headers);
    for (std::size_t i = 0; i < (translated_ ? 1 : values.size()); ++i) {
        if (values[i]) headers.set(forwarded_headers[i], *values[i]);
    }
    headers.add("traceparent", trace.traceparent());
    if (trace.state) headers.add("tracestate", *trace.state);
    return request;
}

}  // namespace chaos::router
