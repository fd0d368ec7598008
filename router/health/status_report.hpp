// What a Statuspage (API v2) says of a provider.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace chaos::router {

/// Down: the page's indicator is major or critical; with a `component`, that one has a major outage. Nothing if the
/// page does not say: another format, no such component.
std::optional<bool> reported_down(std::string_view body, const std::string& component);

/// What to ask the page at `base` for: the summary, where the components are, or the status alone.
std::string status_path(const std::string& base, const std::string& component);

}  // namespace chaos::router
