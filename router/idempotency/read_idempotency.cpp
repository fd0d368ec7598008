// Reading `idempotency:`; the same table is its documentation.
#include <fmt/format.h>

#include <array>
#include <variant>

#include "router/idempotency/policy.hpp"

namespace chaos::router {
namespace {

using IdempotencyDuration = net::Duration IdempotencyPolicy::*;
using IdempotencyNumber = std::size_t IdempotencyPolicy::*;
using IdempotencySwitch = bool IdempotencyPolicy::*;

struct IdempotencySetting {
    std::string_view key;
    std::string_view meaning;
    std::variant<IdempotencyDuration, IdempotencyNumber, IdempotencySwitch> field;
    bool is_size = false;
};

const std::array idempotency_table{
    IdempotencySetting{"keep", "How long a result can be replayed, by the wall clock.", &IdempotencyPolicy::keep},
    IdempotencySetting{"entries", "Results that are kept; the oldest goes first.", &IdempotencyPolicy::entries},
    IdempotencySetting{"bytes", "Bytes of all results that are kept.", &IdempotencyPolicy::bytes, true},
    IdempotencySetting{"entry_bytes", "Longest answer that is kept; a longer one is passed on and cannot be replayed.",
                       &IdempotencyPolicy::entry_bytes, true},
    IdempotencySetting{"finish_alone",
                       "A request goes on when its last waiter has left, within its own deadline, and its result is "
                       "kept; otherwise the provider's connection is closed at once.",
                       &IdempotencyPolicy::finish_alone},
    IdempotencySetting{"wait_for_store",
                       "How long the end of an answer waits to be kept; then it goes out and cannot be replayed.",
                       &IdempotencyPolicy::wait_for_store},
};

std::string size_in_words(std::size_t bytes)
{
    constexpr std::size_t mebibyte = 1024 * 1024;
    return bytes % mebibyte == 0 ? fmt::format("{} MiB", bytes / mebibyte) : fmt::format("{} B", bytes);
}

void read_idempotency_setting(const IdempotencySetting& setting, IdempotencyPolicy& policy, config::MapReader& reader)
{
    if (const auto* duration = std::get_if<IdempotencyDuration>(&setting.field)) {
        policy.*(*duration) = reader.duration(setting.key, policy.*(*duration));
        if (policy.*(*duration) <= net::Duration{})
            reader.complaints().add(reader.at(setting.key),
                                    fmt::format("{}: must be longer than nothing", setting.key));
    } else if (const auto* flag = std::get_if<IdempotencySwitch>(&setting.field)) {
        policy.*(*flag) = reader.boolean(setting.key, policy.*(*flag));
    } else {
        std::size_t& number = policy.*std::get<IdempotencyNumber>(setting.field);
        number = setting.is_size ? reader.size(setting.key).value_or(number)
                                 : static_cast<std::size_t>(
                                       reader.integer(setting.key, static_cast<std::int64_t>(number), 1, 100'000'000));
    }
}

std::string idempotency_default(const IdempotencySetting& setting)
{
    const IdempotencyPolicy policy;
    if (const auto* duration = std::get_if<IdempotencyDuration>(&setting.field))
        return net::to_string(policy.*(*duration));
    if (const auto* flag = std::get_if<IdempotencySwitch>(&setting.field)) return policy.*(*flag) ? "true" : "false";
    const std::size_t number = policy.*std::get<IdempotencyNumber>(setting.field);
    return setting.is_size ? size_in_words(number) : std::to_string(number);
}

}  // namespace

IdempotencyPolicy read_idempotency(const config::Node& node, config::Complaints& complaints)
{
    IdempotencyPolicy policy;
    config::MapReader reader(node, complaints, "idempotency");
    for (const IdempotencySetting& setting : idempotency_table) read_idempotency_setting(setting, policy, reader);
    reader.finish();
    return policy;
}

std::vector<SettingDoc> idempotency_settings()
{
    std::vector<SettingDoc> docs;
    for (const IdempotencySetting& setting : idempotency_table)
        docs.push_back({std::string(setting.key), std::string(setting.meaning), idempotency_default(setting)});
    return docs;
}

}  // namespace chaos::router
