// Rules for the link, and the link's counts in words.
#include "mock_providers/line_faults.hpp"

#include <fmt/format.h>

#include "mock_providers/faults/wording.hpp"
#include "mock_providers/window.hpp"

namespace chaos::mock_providers {
namespace {

using faults::rounded;
using net::faults::Done;

std::string bytes_of_deed(const Done& done)
{
    return fmt::format("{} byte{} {}", done.bytes, done.bytes == 1 ? "" : "s",
                       done.direction == net::faults::Direction::up ? "up" : "down");
}

std::string ending(const Done& done)
{
    return done.ended == net::Close::reset ? "RST" : "FIN";
}

/// One sentence an effect.
struct Teller {
    const Done& done;

    std::string operator()(const net::faults::Latency&) const
    {
        return fmt::format("{} held for up to {}", bytes_of_deed(done), rounded(done.held));
    }
    std::string operator()(const net::faults::Bandwidth& line) const
    {
        if (line.bytes_per_second == 0) return "bytes held, since nothing may pass";
        return fmt::format("{} took {}", bytes_of_deed(done), rounded(done.took));
    }
    std::string operator()(const net::faults::Slices&) const
    {
        return fmt::format("{} in {} slices, over {}", bytes_of_deed(done), done.pieces, rounded(done.took));
    }
    std::string operator()(const net::faults::SlowClose&) const
    {
        return fmt::format("the end was held for {}", rounded(done.held));
    }
    std::string operator()(const net::faults::LimitData&) const
    {
        return fmt::format("{} after {}", ending(done), bytes_of_deed(done));
    }
    std::string operator()(const net::faults::Swallow&) const
    {
        return fmt::format("{} lost{}", bytes_of_deed(done), done.ended ? ", then " + ending(done) : "");
    }
    std::string operator()(const net::faults::ResetPeer&) const
    {
        return fmt::format("RST after {} that were lost", bytes_of_deed(done));
    }
    std::string operator()(const net::faults::NoRead&) const
    {
        return "the connection was accepted, and nothing is read from it";
    }
    std::string operator()(const net::faults::StaleKeepAlive& stale) const
    {
        return stale.idle ? fmt::format("FIN after a rest of {}", net::to_string(*stale.idle))
                          : "RST to the first bytes of another request";
    }
};

template <class Fault>
concept ActsOnLine = requires(const Fault& fault)
{
    fault.effect();
    fault.directions;
};

/// Nothing if the fault is of another kind.
net::faults::SharedRule rule_of(const FaultSpec& fault, const net::Chance& chance)
{
    return std::visit(
        [&]<class Fault>(const Fault& parameters) -> net::faults::SharedRule {
            if constexpr (ActsOnLine<Fault>) {
                auto rule = std::make_shared<net::faults::Rule>();
                rule->name = fault.name;
                rule->effect = parameters.effect();
                rule->up = parameters.directions.up;
                rule->down = parameters.directions.down;
                rule->likelihood = fault.when.chance.value_or(rule->likelihood);
                rule->chance = chance.about(fault.name);
                if (fault.when.connections) {
                    rule->first_connection = static_cast<std::uint64_t>(fault.when.connections->first);
                    const auto last = fault.when.connections->last;
                    if (last) rule->last_connection = static_cast<std::uint64_t>(*last);
                }
                return rule;
            } else {
                return nullptr;
            }
        },
        fault.parameters);
}

bool is_in_force(const FaultSpec& fault, std::optional<net::Duration> at, const Milestones* milestones)
{
    if (!fault.when.after && !has_window(fault.when)) return true;
    const std::optional<net::Duration> zero = own_zero(fault, fault.target, milestones);
    return at && zero && *at >= *zero && is_open(fault.when, *at - *zero);
}

}  // namespace

std::string in_words(const net::faults::Rule& rule, const net::faults::Done& done)
{
    return std::visit(Teller{done}, rule.effect);
}

bool is_line_fault(const FaultSpec& fault)
{
    return rule_of(fault, net::Chance(0)) != nullptr;
}

LineFaults::LineFaults(net::faults::Link& link, std::string target, net::Chance chance, Observer& observer)
    : link_(link), target_(std::move(target)), chance_(chance), observer_(observer)
{
    link_.on_done([this](const net::faults::Rule& rule, const Done& done) { on_done(rule, done); });
}

void LineFaults::replace(const std::vector<SharedFault>& faults)
{
    faults_.clear();
    rules_.clear();
    for (const SharedFault& fault : faults) {
        if (!is_line_fault(*fault)) continue;
        faults_.push_back(fault);
        rules_.push_back(rule_of(*fault, chance_));
    }
}

void LineFaults::set_toxics(std::vector<net::faults::SharedRule> toxics)
{
    toxics_ = std::move(toxics);
    apply();
}

void LineFaults::follow(std::optional<net::Duration> at, const Milestones* milestones)
{
    std::vector<net::faults::SharedRule> open;
    for (std::size_t nth = 0; nth < faults_.size(); ++nth) {
        if (is_in_force(*faults_[nth], at, milestones)) open.push_back(rules_[nth]);
    }
    if (open == in_force_) return;
    in_force_ = std::move(open);
    apply();
}

void LineFaults::apply()
{
    std::vector<net::faults::SharedRule> rules = in_force_;
    rules.insert(rules.end(), toxics_.begin(), toxics_.end());
    link_.set_rules(std::move(rules));
}

void LineFaults::on_done(const net::faults::Rule& rule, const Done& done)
{
    Attempt nobody;  // it acts below requests
    nobody.provider = target_;
    nobody.connection = done.connection;
    observer_.fault_opportunity(rule.name, nobody, done.fell);
    if (done.fell) observer_.fault_delivered(rule.name, nobody, Proof::delivered, in_words(rule, done));
}

}  // namespace chaos::mock_providers
