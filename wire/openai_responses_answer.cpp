// Whole Responses answers as a server writes them.
#include "wire/openai_responses.hpp"

namespace chaos::wire::openai_responses {

namespace {

using items::Item;

std::vector<Item> output_of(const ChatAnswer& answer)
{
    std::vector<Item> output;
    const auto add = [&](items::Kind kind) -> Item& {
        std::string id = items::item_id(kind, answer.id, output.size());
        Item& item = output.emplace_back();
        item.kind = kind;
        item.id = std::move(id);
        item.status = "completed";
        return item;
    };
    if (!answer.reasoning.empty()) {
        add(items::Kind::reasoning).parts.push_back({items::PartKind::reasoning, answer.reasoning});
    }
    if (!answer.text.empty() || !answer.refusal.empty()) {
        Item& message = add(items::Kind::message);
        if (!answer.text.empty()) message.parts.push_back({items::PartKind::text, answer.text});
        if (!answer.refusal.empty()) message.parts.push_back({items::PartKind::refusal, answer.refusal});
    }
    for (const ToolCall& call : answer.tool_calls) add(items::Kind::call).call = call;
    return output;
}

std::string write_object(const ChatAnswer& answer, const items::Ending& ending, const ProviderError* error)
{
    std::vector<Item> output = output_of(answer);
    if (!output.empty() && ending.status != "completed") output.back().status = "incomplete";
    const delta::Start identity{answer.id, answer.model, answer.created};
    std::string out;
    out.reserve(answer.text.size() + answer.reasoning.size() + 2048);
    items::write_response(out, {identity, ending, output, answer.usage, error});
    return out;
}

}  // namespace

std::string write_answer(const ChatAnswer& answer)
{
    return write_object(answer, items::ending_of(answer.finish, answer.finish_text), nullptr);
}

std::string write_failed(const ChatAnswer& answer, const ProviderError& error)
{
    return write_object(answer, {"failed", ""}, &error);
}

}  // namespace chaos::wire::openai_responses
