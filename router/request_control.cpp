// Three headers, read strictly.
#include "router/request_control.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/document.hpp"

namespace chaos::router {
namespace {

constexpr std::string_view prefix_of_all = "x-chaos-";
constexpr std::string_view pin_header = "x-chaos-pin";
constexpr std::string_view only_header = "x-chaos-only";
constexpr std::string_view no_fallback_header = "x-chaos-no-fallback";
constexpr std::size_t longest_quoted_name = 64;

std::string_view trimmed_field(std::string_view text)
{
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::vector<std::string> listed_names(std::string_view value)
{
    std::vector<std::string> names;
    while (!value.empty()) {
        const auto comma = value.find(',');
        const std::string_view name = trimmed_field(value.substr(0, comma));
        if (!name.empty()) names.emplace_back(name);
        value = comma == std::string_view::npos ? std::string_view() : value.substr(comma + 1);
    }
    return names;
}

bool has_prefix(std::string_view field)
{
    const bool begins_alike = !field.empty() && (field.front() == 'x' || field.front() == 'X');
    return begins_alike && net::http::same_name(field.substr(0, prefix_of_all.size()), prefix_of_all);
}

/// The first name that no provider of the chain has, in a sentence.
std::string unknown_provider(std::string_view header, const std::vector<std::string>& names,
                             const std::vector<std::string>& chain)
{
    for (const std::string& name : names) {
        if (std::find(chain.begin(), chain.end(), name) != chain.end()) continue;
        return fmt::format("{}: this model has no provider '{}'{}", header, name.substr(0, longest_quoted_name),
                           config::did_you_mean(name, chain));
    }
    return {};
}

}  // namespace

std::variant<RequestControl, std::string> read_request_control(const net::http::Headers& headers,
                                                               const ChainNames& chain)
{
    RequestControl control;
    if (std::none_of(headers.begin(), headers.end(), [](const auto& field) { return has_prefix(field.name); }))
        return control;
    if (const auto value = headers.find(pin_header)) {
        control.pin = trimmed_field(*value);
        if (control.pin.empty()) return fmt::format("{}: expected the name of a provider", pin_header);
        std::string problem = unknown_provider(pin_header, {control.pin}, chain());
        if (!problem.empty()) return problem;
    }
    if (const auto value = headers.find(only_header)) {
        control.only = listed_names(*value);
        if (control.only.empty()) return fmt::format("{}: expected names of providers", only_header);
        std::string problem = unknown_provider(only_header, control.only, chain());
        if (!problem.empty()) return problem;
    }
    const bool pinned_elsewhere =
        !control.pin.empty() && !control.only.empty() &&
        std::find(control.only.begin(), control.only.end(), control.pin) == control.only.end();
    if (pinned_elsewhere) return fmt::format("{} names a provider that {} leaves out", pin_header, only_header);
    if (const auto value = headers.find(no_fallback_header)) {
        const std::string_view word = trimmed_field(*value);
        if (word != "1" && word != "0" && word != "true" && word != "false")
            return fmt::format("{}: expected 1 or 0", no_fallback_header);
        control.fallback = word == "0" || word == "false";
    }
    return control;
}

}  // namespace chaos::router
