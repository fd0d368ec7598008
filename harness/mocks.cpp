#include "harness/mocks.hpp"

namespace chaos::harness {

Mocks::Mocks(const Plan& plan, net::Runtime& runtime, mock_providers::Observer& observer)
    : tools_(runtime, plan.scenario.tools, tool_faults(plan.scenario), tool_chance(plan.seed), plan.run, observer,
             plan.scenario.tool_server)
{
    for (const auto& spec : plan.scenario.providers) {
        providers_.push_back(std::make_unique<mock_providers::Provider>(
            runtime, spec, faults_at(plan.scenario, spec.name), provider_chance(plan.seed, spec.name), plan.run, observer));
    }
}

void Mocks::serve_in(net::TaskGroup& servers)
{
    servers.spawn(tools_.serve());
    for (const auto& provider : providers_) servers.spawn(provider->serve());
}

void Mocks::start_clock(net::Instant zero)
{
    for (const auto& provider : providers_) provider->start_clock(zero);
    tools_.start_clock(zero);
}

void Mocks::expect_other_faults()
{
    for (const auto& provider : providers_) provider->expect_other_faults();
}

void Mocks::begin_anew(net::Instant zero)
{
    for (const auto& provider : providers_) provider->count_anew();
    tools_.begin_anew();
    start_clock(zero);
}

void Mocks::replace_faults(const std::vector<mock_providers::SharedFault>& faults)
{
    for (const auto& provider : providers_) provider->replace_faults(faults);
    tools_.replace_faults(faults);
}

void Mocks::stop()
{
    for (const auto& provider : providers_) provider->stop();
    tools_.stop();
}

}  // namespace chaos::harness
