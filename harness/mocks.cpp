#include "harness/mocks.hpp"

#include <algorithm>

namespace chaos::harness {
namespace {

std::shared_ptr<const net::tls::Authority> authority_for(const Scenario& scenario, net::Runtime& runtime)
{
    const auto& providers = scenario.providers;
    if (std::none_of(providers.begin(), providers.end(), [](const auto& spec) { return spec.tls; })) return nullptr;
    return std::make_shared<net::tls::Authority>("chaos mocks", net::tls::valid_around(runtime.wall().now()));
}

}  // namespace

Mocks::Mocks(const Plan& plan, net::Runtime& runtime, mock_providers::Observer& observer)
    : authority_(authority_for(plan.scenario, runtime)),
      witness_(runtime.clock(), observer),
      tools_(runtime, plan.scenario.tools, tool_faults(plan.scenario), tool_chance(plan.seed), plan.run, witness_,
             plan.scenario.tool_server)
{
    tools_.follow(witness_);
    std::vector<std::string> names;
    for (const auto& spec : plan.scenario.providers) {
        providers_.push_back(std::make_unique<mock_providers::Provider>(
            runtime, spec, faults_at(plan.scenario, spec.name), provider_chance(plan.seed, spec.name), plan.run, witness_,
            authority_));
        providers_.back()->follow(witness_);
        names.push_back(spec.name);
    }
    if (plan.scenario.status_page) {
        status_page_ = std::make_unique<mock_providers::StatusPage>(runtime, *plan.scenario.status_page, std::move(names));
    }
}

void Mocks::serve_in(net::TaskGroup& servers)
{
    servers.spawn(tools_.serve());
    for (const auto& provider : providers_) servers.spawn(provider->serve());
    if (status_page_) servers.spawn(status_page_->serve());
}

void Mocks::start_clock(net::Instant zero)
{
    witness_.start_clock(zero);
    if (status_page_) status_page_->start_clock(zero);
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
    if (status_page_) status_page_->stop();
}

}  // namespace chaos::harness
