// One entry of the timeline either says something or is a failure of the page itself.
#include "mock_providers/read_status_page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mock_providers/faults/choices.hpp"
#include "mock_providers/status_page_words.hpp"

namespace chaos::mock_providers {

namespace {

using faults::Choices;

/// What a component's status means for the page, if nobody says otherwise.
Indicator usual_indicator(ComponentStatus status)
{
    constexpr Indicator indicators[] = {Indicator::none, Indicator::maintenance, Indicator::minor, Indicator::major,
                                        Indicator::critical};
    return indicators[static_cast<std::size_t>(status)];
}

void read_failure(const config::Node& node, config::Complaints& complaints, StatusPageEntry& entry)
{
    static const std::vector<std::string> words = {"status", "timeout", "reset"};
    const bool bare = node.kind() == config::NodeKind::scalar;
    const bool one = node.kind() == config::NodeKind::map && node.entries().size() == 1;
    const std::string word = bare ? node.text() : one ? node.entries().front().first.text() : "";
    if (word == "status") {
        entry.failure = PageFailure::status;
    } else if (word == "timeout") {
        entry.failure = PageFailure::hang;
    } else if (word == "reset") {
        entry.failure = PageFailure::reset;
    } else {
        complaints.add(node.at(), fmt::format("inject: a status page can meet status, timeout or reset{}",
                                              config::did_you_mean(word, words)));
        return;
    }
    if (bare) {
        return;
    }
    config::MapReader map(node.entries().front().second, complaints, word);
    if (word == "status") {
        entry.code = static_cast<int>(map.integer("code", entry.code, 400, 599));
    }
    map.finish();
}

void read_words(config::MapReader& map, StatusPageEntry& entry, const std::vector<std::string>& providers)
{
    const auto indicator = map.choice("indicator", indicator_words());
    const auto component = map.text("component");
    const auto status = map.choice("status", component_words());
    entry.component = component.value_or("");
    entry.incident = map.text("incident", "");
    entry.status = status ? component_status_of(*status) : ComponentStatus::operational;
    entry.indicator = indicator ? indicator_of(*indicator) : usual_indicator(entry.status);
    const bool known = std::find(providers.begin(), providers.end(), entry.component) != providers.end();
    if (component && !known) {
        map.complaints().add(map.at("component"), fmt::format("component: unknown provider '{}'{}", entry.component,
                                                              config::did_you_mean(entry.component, providers)));
    }
    if (component.has_value() != status.has_value()) {
        map.complaints().add(map.at(component ? "component" : "status"),
                             "component and status belong together: which provider is how?");
    }
    if (!map.take("indicator") && !map.take("component") && !map.take("status") && entry.incident.empty()) {
        map.complaints().add(map.at(), "status_page: the entry says nothing: give an indicator, a component with its "
                                       "status, an incident, or `inject:`");
    }
}

StatusPageEntry read_entry(const config::Node& node, config::Complaints& complaints,
                           const std::vector<std::string>& providers)
{
    StatusPageEntry entry;
    config::MapReader map(node, complaints, "status_page entry");
    entry.from = map.duration("from", entry.from);
    entry.until = map.duration("until");
    if (const auto inject = map.take("inject")) {
        read_failure(*inject, complaints, entry);
        for (const char* key : {"indicator", "component", "status", "incident"}) {
            if (map.take(key)) {
                complaints.add(map.at(key), fmt::format("{} does not go with inject: a page that fails says nothing", key));
            }
        }
    } else if (map.valid()) {
        read_words(map, entry, providers);
    }
    if (entry.until && *entry.until <= entry.from) {
        complaints.add(map.at("until"), fmt::format("the window is empty: it begins at {} and ends at {}",
                                                    net::to_string(entry.from), net::to_string(*entry.until)));
    }
    map.finish();
    return entry;
}

}  // namespace

StatusPageSpec read_status_page(const config::Node& node, config::Complaints& complaints,
                                const std::vector<std::string>& providers)
{
    StatusPageSpec spec;
    spec.at = node.at();
    if (node.kind() == config::NodeKind::null) {
        return spec;
    }
    config::MapReader map(node, complaints, "status_page");
    spec.name = map.text("name", spec.name);
    spec.port = static_cast<std::uint16_t>(map.integer("port", spec.port, 1, 65'535));
    spec.lag = map.duration("lag", spec.lag);
    if (const auto timeline = map.take("timeline")) {
        if (timeline->kind() != config::NodeKind::sequence) {
            complaints.add(timeline->at(), fmt::format("timeline: expected a list, found {}", timeline->kind_name()));
        } else {
            for (const config::Node& entry : timeline->items()) {
                spec.timeline.push_back(read_entry(entry, complaints, providers));
            }
        }
    }
    map.finish();
    return spec;
}

}  // namespace chaos::mock_providers
