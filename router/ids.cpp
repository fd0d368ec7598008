// Mapping ids.
#include "router/ids.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "net/chance.hpp"

namespace chaos::router {
namespace {

bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

std::string hashed_id(std::string_view prefix, std::string_view text, std::uint64_t salt)
{
    return fmt::format("{}{:016x}{:08x}", prefix, net::stable_hash(text, salt * 2 + 1),
                       net::stable_hash(text, salt * 2 + 2) & 0xffffffffU);
}

}  // namespace

bool is_legal(std::string_view id, const IdRule& rule)
{
    if (id.empty() || id.size() > rule.longest) return false;
    return std::all_of(id.begin(), id.end(),
                       [&](char c) { return rule.plain_only ? is_plain(c) : c > 0x20 && c < 0x7f; });
}

void IdMap::keep(const std::string& id)
{
    outward_[id] = id;
    inward_[id] = id;
}

const std::string& IdMap::outward(const std::string& id)
{
    const auto known = outward_.find(id);
    if (known != outward_.end()) return known->second;
    std::string made;
    std::uint64_t salt = 0;
    do made = hashed_id(rule_.prefix, id, salt++);
    while (inward_.count(made) > 0);
    inward_[made] = id;
    return outward_[id] = std::move(made);
}

const std::string& IdMap::restored(const std::string& id) const
{
    const auto known = inward_.find(id);
    return known == inward_.end() ? id : known->second;
}

IdMap map_ids(wire::ChatRequest& request, const IdRule& rule)
{
    IdMap ids(rule);
    const auto for_each_id = [&](auto&& see) {
        for (wire::Message& message : request.messages) {
            for (wire::ToolCall& call : message.tool_calls) see(call.id);
            if (message.role == wire::Role::tool) see(message.tool_call_id);
        }
    };
    for_each_id([&](std::string& id) {
        if (is_legal(id, rule)) ids.keep(id);
    });
    for_each_id([&](std::string& id) { id = ids.outward(id); });
    return ids;
}

std::set<std::string> ids_in(const wire::ChatRequest& request)
{
    std::set<std::string> ids;
    for (const wire::Message& message : request.messages) {
        for (const wire::ToolCall& call : message.tool_calls) ids.insert(call.id);
        if (message.role == wire::Role::tool) ids.insert(message.tool_call_id);
    }
    return ids;
}

std::string made_id(std::string_view prefix, std::string_view about, std::size_t nth)
{
    return hashed_id(prefix, about, nth + 1);
}

}  // namespace chaos::router
