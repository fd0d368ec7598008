// What a Statuspage v2 page says at a moment, as the JSON its API gives. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mock_providers/status_page_spec.hpp"
#include "net/time.hpp"

namespace chaos::mock_providers {

/// As the API spells them, in the order of the enumerators.
const std::vector<std::string>& indicator_words();
const std::vector<std::string>& component_words();
Indicator indicator_of(std::string_view word);
ComponentStatus component_status_of(std::string_view word);

/// Whom the page is about, and when it is asked.
struct PageMoment {
    const StatusPageSpec& spec;
    const std::vector<std::string>& components;  ///< the providers' names
    std::string url;
    net::WallTime zero;     ///< the civil time of clock zero
    net::Duration now{};    ///< since clock zero; negative before it
};

/// The body for a path of the API, "/api/v2/status.json"; empty if there is none of that name.
std::string status_page_body(const PageMoment& moment, std::string_view path);

/// The failure that holds at a moment; null: the page answers. Failures do not lag.
const StatusPageEntry* failure_at(const StatusPageSpec& spec, net::Duration now);

}  // namespace chaos::mock_providers
