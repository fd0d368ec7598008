// Strict reading of what stands behind a provider.
#include "mock_providers/read_behind.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace chaos::mock_providers {

namespace {

void read_url(const config::Node& node, ProviderSpec& spec, config::Complaints& complaints)
{
    const auto text = config::read_text(node, complaints, "upstream");
    if (!text) {
        return;
    }
    const auto url = net::http::parse_url(*text);
    if (!url) {
        complaints.add(node.at(), "upstream: " + url.error().text);
        return;
    }
    spec.upstream = *url;
}

void refuse(config::MapReader& map, std::string_view key, std::string_view why)
{
    if (map.take(key)) {
        map.complaints().add(map.at(key), fmt::format("{}: {} does not go with {}", map.what(), key, why));
    }
}

}  // namespace

bool is_replay(const config::Node& brain)
{
    if (brain.kind() != config::NodeKind::map) {
        return false;
    }
    const auto& entries = brain.entries();
    return std::any_of(entries.begin(), entries.end(), [](const auto& entry) { return entry.first.text() == "replay"; });
}

ReplaySpec read_replay(const config::Node& brain, config::Complaints& complaints)
{
    ReplaySpec replay;
    config::MapReader map(brain, complaints, "brain");
    if (const auto file = map.require("replay")) {
        replay.file = config::read_text(*file, complaints, "replay").value_or("");
    }
    if (map.choice("pace", {"recorded", "none"}) == "none") {
        replay.pace = ReplayPace::none;
    }
    map.finish();
    return replay;
}

void read_upstream(config::MapReader& map, ProviderSpec& spec)
{
    if (const auto url = map.take("upstream")) {
        read_url(*url, spec, map.complaints());
    }
    spec.upstream_ca = map.text("upstream_ca", "");
    spec.record = map.text("record", "");
    if (!spec.upstream) {
        refuse(map, "upstream_ca", "a provider without `upstream`");
        refuse(map, "record", "a provider without `upstream`");
    } else if (!spec.upstream_ca.empty() && spec.upstream->scheme == net::http::Scheme::http) {
        map.complaints().add(map.at("upstream_ca"), fmt::format("{}: upstream_ca is for an upstream with https", map.what()));
    }
    if (spec.answers_from_elsewhere()) {
        const std::string_view why = spec.upstream ? "`upstream`: a real endpoint answers as it does"
                                                   : "`replay`: a recording answers as it did";
        for (const std::string_view key : {"pace", "answer_tokens", "context_window"}) {
            refuse(map, key, why);
        }
    }
    if (spec.upstream && !spec.brain.empty()) {
        map.complaints().add(map.at("brain"), fmt::format("{}: either an upstream answers or a brain, not both", map.what()));
    }
    if (spec.upstream && spec.replay) {
        map.complaints().add(map.at("upstream"), fmt::format("{}: either an upstream answers or a recording, not both", map.what()));
    }
}

}  // namespace chaos::mock_providers
