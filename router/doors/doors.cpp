// The doors by path, and what they have in common.
#include <algorithm>

#include "net/json.hpp"
#include "router/doors/anthropic_door.hpp"
#include "router/doors/openai_door.hpp"
#include "wire/json_splice.hpp"

namespace chaos::router {
namespace {

const OpenAiChatDoor chat_door;
const OpenAiResponsesDoor responses_door;
const AnthropicDoor anthropic_door;

struct DoorPath {
    std::string_view path;
    const Door* door;
};
const DoorPath all_door_paths[] = {
    {"/v1/chat/completions", &chat_door}, {"/v1/responses", &responses_door}, {"/v1/messages", &anthropic_door}};

/// Rounded up: a wait is a floor.
std::string whole_seconds_up(net::Duration wait)
{
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
    return std::to_string(std::max<std::int64_t>(1, seconds));
}

}  // namespace

const Door* door_at(std::string_view path)
{
    for (const DoorPath& row : all_door_paths) {
        if (row.path == path) return row.door;
    }
    return nullptr;
}

const Door& door_of(Protocol protocol)
{
    for (const DoorPath& row : all_door_paths) {
        if (row.door->protocol() == protocol) return *row.door;
    }
    return chat_door;
}

std::vector<std::string_view> door_paths()
{
    std::vector<std::string_view> paths;
    for (const DoorPath& row : all_door_paths) paths.push_back(row.path);
    return paths;
}

std::string Door::spliced(std::string_view body, const std::string& model, std::string_view parameters, bool) const
{
    std::vector<wire::json::Edit> edits;
    if (!parameters.empty()) edits = wire::json::edits_of(parameters);
    net::append_json_string(edits.emplace_back(wire::json::Edit{"model", {}}).value, model);
    auto edited = wire::json::with_members(body, edits);
    return edited ? *std::move(edited.value) : std::string(body);
}

std::optional<std::string> Door::without_sealed_reasoning(std::string_view) const
{
    return std::nullopt;
}

wire::ProviderError redacted(const SurfacedError& error, const Redactor& redactor)
{
    return {error.status, redactor.clean(error.type), redactor.clean(error.code), redactor.clean(error.message)};
}

net::http::Response error_head(const SurfacedError& error)
{
    net::http::Response response;
    response.head.status = error.status;
    response.head.headers.add("content-type", "application/json");
    if (error.retry_after) response.head.headers.add("retry-after", whole_seconds_up(*error.retry_after));
    if (!error.worth_retrying) response.head.headers.add("x-should-retry", "false");
    return response;
}

}  // namespace chaos::router
