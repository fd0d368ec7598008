// Statuspage's JSON: its own ids, words and milliseconds.
#include "mock_providers/status_page_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "net/chance.hpp"
#include "net/json.hpp"

namespace chaos::mock_providers {

namespace {

using Json = nlohmann::ordered_json;

/// Twelve lower-case letters and digits.
std::string id_of(std::string_view what)
{
    constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuvwxyz";
    std::uint64_t bits = net::stable_hash(what);
    std::string id;
    for (int nth = 0; nth < 12; ++nth) {
        id += digits[bits % digits.size()];
        bits /= digits.size();
    }
    return id;
}

/// "2026-08-16T22:11:02.000Z"
std::string moment_text(net::WallTime at)
{
    const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(at.time_since_epoch()).count();
    std::string text = net::rfc3339(at);
    text.insert(text.size() - 1, fmt::format(".{:03}", ((milliseconds % 1000) + 1000) % 1000));
    return text;
}

std::string_view description_of(Indicator indicator)
{
    switch (indicator) {
        case Indicator::none:
            return "All Systems Operational";
        case Indicator::maintenance:
            return "Service Under Maintenance";
        case Indicator::minor:
            return "Minor Service Outage";
        case Indicator::major:
            return "Partial System Outage";
        case Indicator::critical:
            return "Major Service Outage";
    }
    return "";
}

const std::string& word(Indicator indicator)
{
    return indicator_words()[static_cast<std::size_t>(indicator)];
}

const std::string& word(ComponentStatus status)
{
    return component_words()[static_cast<std::size_t>(status)];
}

/// The page as those see it who read it now: what happened less than the lag ago is not on it yet.
class Page {
public:
    explicit Page(const PageMoment& moment) : moment_(moment), seen_(moment.now - moment.spec.lag) {}

    Json page() const
    {
        return {{"id", page_id()},
                {"name", moment_.spec.name},
                {"url", moment_.url},
                {"time_zone", "Etc/UTC"},
                {"updated_at", wall(last_change([](const StatusPageEntry&) { return true; }))}};
    }

    Json status() const
    {
        Indicator worst = Indicator::none;
        for (const StatusPageEntry& entry : said()) {
            worst = entry.holds(seen_) ? std::max(worst, entry.indicator) : worst;
        }
        return {{"indicator", word(worst)}, {"description", description_of(worst)}};
    }

    Json components() const
    {
        Json all = Json::array();
        for (const std::string& name : moment_.components) {
            all.push_back(component(name, static_cast<int>(all.size()) + 1));
        }
        return all;
    }

    Json incidents(bool unresolved_only) const
    {
        Json all = Json::array();
        const auto entries = said();
        for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {  // newest first
            const bool known = !entry->incident.empty() && entry->from <= seen_;
            if (known && (!unresolved_only || entry->holds(seen_))) {
                all.push_back(incident(*entry));
            }
        }
        return all;
    }

private:
    std::vector<StatusPageEntry> said() const
    {
        std::vector<StatusPageEntry> entries = moment_.spec.timeline;
        std::erase_if(entries, [](const StatusPageEntry& entry) { return entry.failure != PageFailure::none; });
        std::stable_sort(entries.begin(), entries.end(),
                         [](const auto& one, const auto& other) { return one.from < other.from; });
        return entries;
    }

    std::string page_id() const { return id_of("page " + moment_.spec.name); }

    /// When what happened at `at` stood on the page.
    std::string wall(net::Duration at) const { return moment_text(moment_.zero + at); }

    /// The last moment at which something of this kind was put on the page, or taken from it; the beginning without any.
    template <class OfThisKind>
    net::Duration last_change(OfThisKind of_this_kind) const
    {
        net::Duration last{};
        for (const StatusPageEntry& entry : said()) {
            if (!of_this_kind(entry)) {
                continue;
            }
            for (const net::Duration change : {entry.from, entry.until.value_or(entry.from)}) {
                last = change <= seen_ ? std::max(last, change + moment_.spec.lag) : last;
            }
        }
        return last;
    }

    Json component(const std::string& name, int position) const
    {
        ComponentStatus worst = ComponentStatus::operational;
        for (const StatusPageEntry& entry : said()) {
            worst = entry.component == name && entry.holds(seen_) ? std::max(worst, entry.status) : worst;
        }
        const auto about_it = [&](const StatusPageEntry& entry) { return entry.component == name; };
        return {{"id", id_of("component " + name)},
                {"name", name},
                {"status", word(worst)},
                {"created_at", wall({})},
                {"updated_at", wall(last_change(about_it))},
                {"position", position},
                {"description", nullptr},
                {"showcase", true},
                {"start_date", wall({}).substr(0, 10)},
                {"group_id", nullptr},
                {"page_id", page_id()},
                {"group", false},
                {"only_show_if_degraded", false}};
    }

    Json incident(const StatusPageEntry& entry) const
    {
        const bool resolved = !entry.holds(seen_);
        const std::string id = id_of(fmt::format("incident {} {}", entry.incident, entry.from.count()));
        const std::string created = wall(entry.from + moment_.spec.lag);
        const std::string ended = resolved ? wall(*entry.until + moment_.spec.lag) : created;
        Json updates = Json::array();
        if (resolved) {
            updates.push_back(update(id, entry, "resolved", "This incident has been resolved.", ended));
        }
        updates.push_back(
            update(id, entry, "investigating", "We are currently investigating this issue.", created));
        Json components = Json::array();
        for (const std::string& name : moment_.components) {
            if (name == entry.component) {
                components.push_back(component(name, static_cast<int>(components.size()) + 1));
            }
        }
        return {{"id", id},
                {"name", entry.incident},
                {"status", resolved ? "resolved" : "investigating"},
                {"created_at", created},
                {"updated_at", ended},
                {"monitoring_at", nullptr},
                {"resolved_at", resolved ? Json(ended) : Json(nullptr)},
                {"impact", word(entry.indicator)},
                {"shortlink", fmt::format("{}/incidents/{}", moment_.url, id)},
                {"started_at", wall(entry.from)},
                {"page_id", page_id()},
                {"incident_updates", std::move(updates)},
                {"components", std::move(components)},
                {"reminder_intervals", nullptr}};
    }

    static Json update(const std::string& incident, const StatusPageEntry& entry, const std::string& status,
                       const std::string& body, const std::string& at)
    {
        Json affected = nullptr;
        if (!entry.component.empty()) {
            const std::string& bad = word(entry.status);
            const std::string& good = word(ComponentStatus::operational);
            const bool resolved = status == "resolved";
            affected = Json::array({{{"code", id_of("component " + entry.component)},
                                     {"name", entry.component},
                                     {"old_status", resolved ? bad : good},
                                     {"new_status", resolved ? good : bad}}});
        }
        return {{"id", id_of(incident + " " + status)},
                {"status", status},
                {"body", body},
                {"incident_id", incident},
                {"created_at", at},
                {"updated_at", at},
                {"display_at", at},
                {"affected_components", std::move(affected)},
                {"deliver_notifications", true},
                {"custom_tweet", nullptr},
                {"tweet_id", nullptr}};
    }

    const PageMoment& moment_;
    net::Duration seen_;
};

}  // namespace

const std::vector<std::string>& indicator_words()
{
    static const std::vector<std::string> words = {"none", "maintenance", "minor", "major", "critical"};
    return words;
}

const std::vector<std::string>& component_words()
{
    static const std::vector<std::string> words = {"operational", "under_maintenance", "degraded_performance",
                                                   "partial_outage", "major_outage"};
    return words;
}

Indicator indicator_of(std::string_view spelt)
{
    const auto& words = indicator_words();
    return static_cast<Indicator>(std::find(words.begin(), words.end(), spelt) - words.begin());
}

ComponentStatus component_status_of(std::string_view spelt)
{
    const auto& words = component_words();
    return static_cast<ComponentStatus>(std::find(words.begin(), words.end(), spelt) - words.begin());
}

std::string status_page_body(const PageMoment& moment, std::string_view path)
{
    const Page page(moment);
    Json body = {{"page", page.page()}};
    if (path == "/api/v2/status.json") {
        body["status"] = page.status();
    } else if (path == "/api/v2/summary.json") {
        body["components"] = page.components();
        body["incidents"] = page.incidents(true);
        body["scheduled_maintenances"] = Json::array();
        body["status"] = page.status();
    } else if (path == "/api/v2/components.json") {
        body["components"] = page.components();
    } else if (path == "/api/v2/incidents.json") {
        body["incidents"] = page.incidents(false);
    } else if (path == "/api/v2/incidents/unresolved.json") {
        body["incidents"] = page.incidents(true);
    } else {
        return "";
    }
    return net::dump_json(body);
}

const StatusPageEntry* failure_at(const StatusPageSpec& spec, net::Duration now)
{
    const auto found = std::find_if(spec.timeline.begin(), spec.timeline.end(), [now](const StatusPageEntry& entry) {
        return entry.failure != PageFailure::none && entry.holds(now);
    });
    return found == spec.timeline.end() ? nullptr : &*found;
}

}  // namespace chaos::mock_providers
