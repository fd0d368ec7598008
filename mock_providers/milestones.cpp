// First times, and the nth request.
#include "mock_providers/milestones.hpp"

namespace chaos::mock_providers {

namespace {

template <class Times>
std::optional<net::Duration> first_time(const Times& times, std::string_view name)
{
    const auto found = times.find(name);
    return found == times.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

void Milestones::request_received(std::string_view provider, net::Duration at)
{
    auto& times = requests_[std::string(provider)];
    if (times.size() < static_cast<std::size_t>(most_counted)) {
        times.push_back(at);
    }
}

void Milestones::fault_happened(std::string_view fault, net::Duration at)
{
    faults_.try_emplace(std::string(fault), at);
}

void Milestones::effect_performed(std::string_view tool, net::Duration at)
{
    effects_.try_emplace(std::string(tool), at);
}

void Milestones::forget()
{
    faults_.clear();
    effects_.clear();
    requests_.clear();
}

std::optional<net::Duration> Milestones::reached(const After& after, std::string_view target) const
{
    if (!after.fault.empty()) {
        return first_time(faults_, after.fault);
    }
    if (!after.effect.empty()) {
        return first_time(effects_, after.effect);
    }
    const auto found = requests_.find(after.provider_of(target));
    const auto nth = static_cast<std::size_t>(after.requests);
    return found == requests_.end() || found->second.size() < nth ? std::nullopt : std::optional(found->second[nth - 1]);
}

std::optional<net::Duration> own_zero(const FaultSpec& fault, std::string_view target, const Milestones* milestones)
{
    if (!fault.when.after) {
        return net::Duration{};
    }
    return milestones == nullptr ? std::nullopt : milestones->reached(*fault.when.after, target);
}

}  // namespace chaos::mock_providers
