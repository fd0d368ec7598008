// Which fault rules when, and what our own probe and the subject's connects say about it.
#include "mock_providers/weather.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mock_providers/window.hpp"

namespace chaos::mock_providers {

namespace {

std::string_view met(net::Admission admission)
{
    switch (admission) {
        case net::Admission::open:
            return "our own connect was accepted";
        case net::Admission::refuse:
            return "our own connect was refused";
        case net::Admission::silent:
            return "our own connect was not answered";
    }
    return "";
}

}  // namespace

bool is_weather(const FaultSpec& fault)
{
    const auto* blackhole = std::get_if<faults::Blackhole>(&fault.parameters);
    return std::holds_alternative<faults::Refuse>(fault.parameters) ||
           (blackhole != nullptr && blackhole->at == faults::Blackhole::At::connect);
}

Weather::Weather(net::Runtime& runtime, net::faults::Link& link, net::Listener& listener, std::string target,
                 std::vector<FaultSpec> faults, net::Chance chance, Observer& observer)
    : runtime_(runtime),
      link_(link),
      listener_(listener),
      target_(std::move(target)),
      line_(link, target_, chance, observer),
      observer_(observer),
      changed_(runtime.executor())
{
    replace(shared(std::move(faults)));
    link_.on_contact([this] { on_contact(); });
}

void Weather::start_clock(net::Instant zero)
{
    zero_ = zero;
    changed_.notify_all();
}

void Weather::replace(std::vector<SharedFault> faults)
{
    line_.replace(faults);
    line_.follow(since_zero(), milestones_);
    std::erase_if(faults, [](const SharedFault& fault) { return !is_weather(*fault); });
    faults_ = std::move(faults);
    changed_.notify_all();
}

void Weather::set_down(bool down)
{
    if (down == (down_ != nullptr)) {
        return;
    }
    down_ = nullptr;
    if (down) {
        FaultSpec fault;
        fault.name = "down";
        fault.target = target_;
        fault.fault = "refuse";
        fault.parameters = faults::Refuse{false};
        down_ = std::make_shared<const FaultSpec>(std::move(fault));
        link_.sever(net::Close::fin);
    }
    apply(down || !zero_ ? down_ : ruling(*since_zero()));
    changed_.notify_all();
}

std::optional<net::Duration> Weather::since_zero() const
{
    return zero_ ? std::optional(runtime_.clock().now() - *zero_) : std::nullopt;
}

void Weather::reached_one()
{
    const auto waits = [](const SharedFault& fault) { return fault->when.after.has_value(); };
    const auto& lines = line_.faults();
    if (std::any_of(faults_.begin(), faults_.end(), waits) || std::any_of(lines.begin(), lines.end(), waits)) {
        changed_.notify_all();
    }
}

std::optional<net::Duration> Weather::next_change(net::Duration after) const
{
    std::optional<net::Duration> next;
    for (const auto* faults : {&faults_, &line_.faults()}) {
        for (const SharedFault& fault : *faults) {
            const std::optional<net::Duration> zero = own_zero(*fault, target_, milestones_);
            const std::optional<net::Duration> change =
                zero ? mock_providers::next_change(fault->when, after - *zero) : std::nullopt;
            if (change && (!next || *zero + *change < *next)) {
                next = *zero + *change;
            }
        }
    }
    return next;
}

SharedFault Weather::ruling(net::Duration at) const
{
    if (down_) {
        return down_;
    }
    const auto found = std::find_if(faults_.begin(), faults_.end(), [&](const SharedFault& fault) {
        const std::optional<net::Duration> zero = own_zero(*fault, target_, milestones_);
        return zero && at >= *zero && is_open(fault->when, at - *zero);
    });
    return found == faults_.end() ? nullptr : *found;
}

net::Task<void> Weather::run()
{
    while (true) {
        if (!zero_) {
            co_await changed_.wait();
            continue;
        }
        const net::Duration at = *since_zero();
        line_.follow(at, milestones_);
        SharedFault next = ruling(at);
        if (next != now_) {
            co_await change_to(std::move(next));
            continue;
        }
        const std::optional<net::Duration> change = next_change(at);
        co_await wait_until(change ? *zero_ + *change : net::never);
    }
}

/// Or until something changed; the caller looks again.
net::Task<void> Weather::wait_until(net::Instant at)
{
    const auto timer = runtime_.clock().make_timer();
    if (at != net::never) {
        timer->arm(at, [this] { changed_.notify_all(); });
    }
    co_await changed_.wait();
}

net::Task<void> Weather::change_to(SharedFault fault)
{
    const SharedFault before = std::exchange(now_, std::move(fault));
    const SharedFault next = now_;
    apply(next);
    if (before) {
        observer_.fault_released(before->name, target_);
    }
    if (next) {
        const net::Admission admission = co_await listener_.probe();
        const std::string trouble = applying_ ? fmt::format(" (it could not be made: {})", applying_.message()) : "";
        observer_.fault_armed(next->name, target_, std::string(met(admission)) + trouble);
    }
}

void Weather::apply(const SharedFault& fault)
{
    if (fault == applied_) {
        return;
    }
    applied_ = fault;
    applying_ = set(fault.get());
}

net::Error Weather::set(const FaultSpec* fault)
{
    const net::Error healed = link_.heal();
    if (fault == nullptr) {
        return healed;
    }
    if (const auto* blackhole = std::get_if<faults::Blackhole>(&fault->parameters)) {
        return link_.blackhole(!blackhole->new_connections_only);
    }
    return link_.refuse(std::get<faults::Refuse>(fault->parameters).reset_open);
}

void Weather::on_contact()
{
    if (now_ == nullptr) {
        return;
    }
    Attempt nobody;  // no request could be read
    nobody.provider = target_;
    const bool silent = std::holds_alternative<faults::Blackhole>(now_->parameters);
    observer_.fault_opportunity(now_->name, nobody, true);
    observer_.fault_delivered(
        now_->name, nobody, Proof::contacted,
        silent ? "a connect, or bytes on an open connection, met silence" : "a connect was refused");
}

}  // namespace chaos::mock_providers
