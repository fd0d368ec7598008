// Reading a chat request with simdjson, without keeping a tree.
#include "router/request_facts.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "net/json.hpp"
#include "router/operation/connection_fields.hpp"

namespace chaos::router {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::int64_t bytes_per_token = 4;
constexpr std::int64_t tokens_of_an_attachment = 1000;

std::string_view text_or_nothing(simdjson::simdjson_result<element> value)
{
    std::string_view text;
    return value.get(text) ? std::string_view() : text;
}

bool is_true(simdjson::simdjson_result<element> value)
{
    bool flag = false;
    return !value.get(flag) && flag;
}

bool is_present(simdjson::simdjson_result<element> value)
{
    element found;
    return !value.get(found) && !found.is_null();
}

using FoundMember = simdjson::simdjson_result<element>;

/// The members of `object` with these names, in their order, found in one pass; of duplicates the first counts.
template <std::size_t N>
std::array<FoundMember, N> first_members(const object& of, const std::string_view (&names)[N])
{
    std::array<FoundMember, N> found;
    found.fill(FoundMember(simdjson::NO_SUCH_FIELD));
    for (const simdjson::dom::key_value_pair member : of) {
        for (std::size_t i = 0; i < N; ++i) {
            if (member.key != names[i]) continue;
            if (found[i].error() == simdjson::NO_SUCH_FIELD) found[i] = FoundMember(element(member.value));
            break;
        }
    }
    return found;
}

void look_at_names(const object& request, RequestFacts& facts)
{
    int models = 0;
    for (const simdjson::dom::key_value_pair member : request) {
        if (member.key == "model") ++models;
        if (is_connection_field(member.key)) facts.names_connection = true;
    }
    facts.model_once = models == 1;
}

std::int64_t integer_or(simdjson::simdjson_result<element> value, std::int64_t fallback)
{
    std::int64_t number = 0;
    return value.get(number) ? fallback : number;
}

/// Images, sounds and files travel as base64 and do not cost tokens by the byte.
std::int64_t attachment_bytes(const element& message)
{
    array parts;
    std::int64_t bytes = 0;
    if (message["content"].get(parts)) return bytes;
    for (const element part : parts) {
        for (const std::string_view text :
             {text_or_nothing(part["image_url"]["url"]), text_or_nothing(part["input_audio"]["data"]),
              text_or_nothing(part["file"]["file_data"])}) {
            bytes += static_cast<std::int64_t>(text.size());
        }
    }
    return bytes;
}

void read_messages(const array& messages, RequestFacts& facts)
{
    facts.messages = messages.size();
    std::string_view last_role;
    for (const element message : messages) {
        last_role = text_or_nothing(message["role"]);
        const std::int64_t attached = attachment_bytes(message);
        if (attached > 0) facts.estimated_tokens += tokens_of_an_attachment - attached / bytes_per_token;
    }
    facts.last_is_tool_result = last_role == "tool" || last_role == "function";
}

void read_tools(const FoundMember& offered, RequestFacts& facts)
{
    array tools;
    if (!offered.get(tools)) {
        for (const element tool : tools) {
            facts.offers_tools = true;
            const std::string_view name = text_or_nothing(tool["function"]["name"]);
            if (name.empty()) {
                facts.open_tools = true;
            } else {
                facts.tools.emplace_back(name);
            }
        }
    }
}

bool read_object(const object& request, RequestFacts& facts, std::string& problem)
{
    const auto [model, messages, stream, stream_options, n, store, web_search, max_completion_tokens, max_tokens, tools,
                functions] =
        first_members(request, {"model", "messages", "stream", "stream_options", "n", "store", "web_search_options",
                                "max_completion_tokens", "max_tokens", "tools", "functions"});
    facts.model = text_or_nothing(model);
    if (facts.model.empty()) {
        problem = "you must provide a model parameter";
        return false;
    }
    array conversation;
    if (messages.get(conversation)) {
        problem = "'messages' is required and must be an array";
        return false;
    }
    read_messages(conversation, facts);
    facts.stream = is_true(stream);
    facts.wants_usage = is_true(stream_options["include_usage"]);
    facts.choices = integer_or(n, 1);
    facts.keeps_state = is_true(store) || is_present(web_search);
    facts.max_output = integer_or(max_completion_tokens, integer_or(max_tokens, 0));
    read_tools(tools, facts);
    if (is_present(functions)) {
        facts.offers_tools = true;
        facts.open_tools = true;
    }
    return true;
}

/// Model, stream and what counts as attached: alike in both.
bool read_shared(const object& request, RequestFacts& facts, std::string& problem)
{
    const std::string_view model = text_or_nothing(request["model"]);
    if (model.empty()) {
        problem = "model: Field required";
        return false;
    }
    facts.model = model;
    facts.stream = is_true(request["stream"]);
    facts.wants_usage = true;
    return true;
}

void count_attached(std::int64_t bytes, RequestFacts& facts)
{
    if (bytes > 0) facts.estimated_tokens += tokens_of_an_attachment - bytes / bytes_per_token;
}

/// A tool of the provider's own is carried out there: to ask twice is more than a cost.
void add_hosted_tool(RequestFacts& facts)
{
    facts.open_tools = true;
    facts.keeps_state = true;
}

bool read_messages_object(const object& request, RequestFacts& facts, std::string& problem)
{
    if (!read_shared(request, facts, problem)) return false;
    array messages;
    if (request["messages"].get(messages)) {
        problem = "messages: Field required";
        return false;
    }
    facts.messages = messages.size();
    facts.max_output = integer_or(request["max_tokens"], 0);
    for (const element message : messages) {
        array blocks;
        facts.last_is_tool_result = false;
        if (message["content"].get(blocks)) continue;
        std::int64_t attached = 0;
        for (const element block : blocks) {
            if (text_or_nothing(block["type"]) == "tool_result") facts.last_is_tool_result = true;
            attached += static_cast<std::int64_t>(text_or_nothing(block["source"]["data"]).size());
        }
        count_attached(attached, facts);
    }
    array tools;
    if (request["tools"].get(tools)) return true;
    for (const element tool : tools) {
        facts.offers_tools = true;
        const std::string_view type = text_or_nothing(tool["type"]);
        if (!type.empty() && type != "custom" && !is_present(tool["input_schema"])) add_hosted_tool(facts);
        facts.tools.emplace_back(text_or_nothing(tool["name"]));
    }
    return true;
}

/// A list of inputs is no longer than its longest for a window: each is read by itself.
bool read_embeddings_object(const object& request, RequestFacts& facts, std::string& problem)
{
    if (!read_shared(request, facts, problem)) return false;
    facts.stream = false;
    facts.estimated_tokens = 0;
    if (is_present(request["input"])) return true;
    problem = "'input' is required";
    return false;
}

void read_items(const array& items, RequestFacts& facts)
{
    facts.messages = items.size();
    for (const element item : items) {
        facts.last_is_tool_result = text_or_nothing(item["type"]).ends_with("_call_output");
        array parts;
        if (item["content"].get(parts) && item["output"].get(parts)) continue;
        std::int64_t attached = 0;
        for (const element part : parts) {
            const std::string_view image = text_or_nothing(part["image_url"]);
            if (image.starts_with("data:")) attached += static_cast<std::int64_t>(image.size());
            attached += static_cast<std::int64_t>(text_or_nothing(part["file_data"]).size());
        }
        count_attached(attached, facts);
    }
}

bool read_responses_object(const object& request, RequestFacts& facts, std::string& problem)
{
    if (!read_shared(request, facts, problem)) return false;
    array items;
    if (!request["input"].get(items)) {
        read_items(items, facts);
    } else if (text_or_nothing(request["input"]).empty()) {
        problem = "'input' is required and must be text or an array";
        return false;
    }
    facts.max_output = integer_or(request["max_output_tokens"], 0);
    facts.keeps_state = is_true(request["background"]) || is_true(request["store"]) ||
                        is_present(request["previous_response_id"]) || is_present(request["conversation"]);
    array tools;
    if (request["tools"].get(tools)) return true;
    for (const element tool : tools) {
        facts.offers_tools = true;
        const std::string_view type = text_or_nothing(tool["type"]);
        if (type == "custom") facts.open_tools = true;
        if (type != "custom" && type != "function") add_hosted_tool(facts);
        facts.tools.emplace_back(text_or_nothing(tool["name"]));
    }
    return true;
}

}  // namespace

bool RequestFacts::declares(std::string_view tool) const
{
    return std::find(tools.begin(), tools.end(), tool) != tools.end();
}

std::int64_t estimate_tokens(std::string_view body)
{
    return static_cast<std::int64_t>(body.size() / 4) + 1;
}

struct FactsReader::Parser {
    simdjson::dom::parser parser;
    std::size_t max_depth;
};

FactsReader::FactsReader(std::size_t max_depth) : parser_(std::make_unique<Parser>())
{
    parser_->max_depth = max_depth;
}

FactsReader::~FactsReader() = default;

template <class ReadObject>
bool FactsReader::read_with(std::string_view body, RequestFacts& facts, std::string& problem, ReadObject read_object)
{
    facts = RequestFacts{};
    facts.estimated_tokens = estimate_tokens(body);
    auto& parser = parser_->parser;
    if (parser.capacity() < body.size() &&
        parser.allocate(std::max<std::size_t>(body.size(), 16 * 1024), parser_->max_depth)) {
        problem = "the body is too large to be read";
        return false;
    }
    object request;
    element root;
    if (const auto error = parser.parse(body.data(), body.size()).get(root)) {
        problem = std::string("the body is not valid JSON: ") + simdjson::error_message(error);
        return false;
    }
    if (root.get(request)) {
        problem = "the body must be a JSON object";
        return false;
    }
    look_at_names(request, facts);
    return read_object(request, facts, problem);
}

bool FactsReader::read(std::string_view body, RequestFacts& facts, std::string& problem)
{
    return read_with(body, facts, problem, read_object);
}

bool FactsReader::read_responses(std::string_view body, RequestFacts& facts, std::string& problem)
{
    return read_with(body, facts, problem, read_responses_object);
}

bool FactsReader::read_embeddings(std::string_view body, RequestFacts& facts, std::string& problem)
{
    return read_with(body, facts, problem, read_embeddings_object);
}

bool FactsReader::read_messages(std::string_view body, RequestFacts& facts, std::string& problem)
{
    return read_with(body, facts, problem, read_messages_object);
}

std::vector<std::string> tools_answered_last(const wire::ChatRequest& request)
{
    std::vector<std::string> names;
    std::map<std::string, std::string> name_of;
    for (const wire::Message& message : request.messages) {
        if (message.role == wire::Role::tool) {
            const auto known = name_of.find(message.tool_call_id);
            names.push_back(known == name_of.end() ? std::string() : known->second);
            continue;
        }
        names.clear();
        for (const wire::ToolCall& call : message.tool_calls) name_of[call.id] = call.name;
    }
    return names;
}

std::optional<std::string> append_user_message(std::string_view body, std::string_view text)
{
    const simdjson::padded_string padded(body);
    simdjson::ondemand::parser parser;
    simdjson::ondemand::document document;
    if (parser.iterate(padded).get(document)) return std::nullopt;
    simdjson::ondemand::array messages;
    if (document["messages"].get_array().get(messages)) return std::nullopt;
    std::string_view raw;
    if (messages.raw_json().get(raw)) return std::nullopt;
    const auto bracket = raw.rfind(']');
    if (bracket == std::string_view::npos) return std::nullopt;
    const bool empty = raw.substr(1, bracket - 1).find_first_not_of(" \t\r\n") == std::string_view::npos;
    const auto at = static_cast<std::size_t>(raw.data() - padded.data()) + bracket;
    std::string message = empty ? R"({"role":"user","content":)" : R"(,{"role":"user","content":)";
    net::append_json_string(message, text);
    message += '}';
    std::string result;
    result.reserve(body.size() + message.size());
    result.append(body.substr(0, at)).append(message).append(body.substr(at));
    return result;
}

}  // namespace chaos::router
