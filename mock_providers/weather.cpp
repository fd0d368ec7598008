// Which fault rules when, and what our own probe and the subject's connects say about it.
#include "mock_providers/weather.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

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

std::string contact_in_words(const FaultSpec& fault)
{
    if (const auto* dns = std::get_if<faults::DnsFailure>(&fault.parameters)) {
        return fmt::format("a lookup of its name met {}", faults::spelling(dns->answer));
    }
    return std::holds_alternative<faults::Blackhole>(fault.parameters)
               ? "a connect, or bytes on an open connection, met silence"
               : "a connect was refused";
}

}  // namespace

bool is_of_names(const FaultSpec& fault)
{
    return std::holds_alternative<faults::DnsFailure>(fault.parameters);
}

bool is_weather(const FaultSpec& fault)
{
    const auto* blackhole = std::get_if<faults::Blackhole>(&fault.parameters);
    return std::holds_alternative<faults::Refuse>(fault.parameters) || is_of_names(fault) ||
           (blackhole != nullptr && blackhole->at == faults::Blackhole::At::connect);
}

Weather::Weather(net::Runtime& runtime, net::faults::Link& link, net::Listener& listener, std::string target,
                 std::vector<FaultSpec> faults, net::Chance chance, Observer& observer)
    : runtime_(runtime),
      link_(link),
      listener_(listener),
      target_(std::move(target)),
      line_(link, target_, chance, observer),
      observer_(observer)
{
    replace(shared(std::move(faults)));
    link_.on_contact([this] { on_contact(); });
}

void Weather::start_clock(net::Instant zero)
{
    zero_ = zero;
    skip_what_cannot_be();
    line_.follow(since_zero(), milestones_);
    begins_ = ruling(*since_zero());  // whoever connects from here on meets it; run() tells of it
    apply(begins_);
    changed_.notify_all();
}

/// Where nobody asks us for the name, its faults are not tried.
void Weather::skip_what_cannot_be()
{
    if (name_ != nullptr) {
        return;
    }
    std::erase_if(faults_, [this](const SharedFault& fault) {
        if (!is_of_names(*fault)) {
            return false;
        }
        observer_.fault_skipped(fault->name, target_, no_name_);
        return true;
    });
}

void Weather::replace(std::vector<SharedFault> faults)
{
    line_.replace(faults);
    line_.follow(since_zero(), milestones_);
    std::erase_if(faults, [](const SharedFault& fault) { return !is_weather(*fault); });
    faults_ = std::move(faults);
    begins_ = nullptr;
    if (zero_) {
        skip_what_cannot_be();
    }
    changed_.notify_all();
}

void Weather::set_down(bool down)
{
    if (down == (down_ != nullptr)) {
        return;
    }
    down_ = nullptr;
    begins_ = nullptr;
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
        SharedFault next = begins_ ? std::exchange(begins_, nullptr) : ruling(at);
        if (next != now_) {
            co_await change_to(std::move(next));
            continue;
        }
        apply(next);
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
        const std::string met = co_await probe(*next);
        const std::string trouble = applying_ ? fmt::format(" (it could not be made: {})", applying_.message()) : "";
        observer_.fault_armed(next->name, target_, met + trouble);
    }
}

net::Task<std::string> Weather::probe(const FaultSpec& fault)
{
    if (is_of_names(fault)) {
        const net::NameAnswer answer = co_await name_->probe();
        co_return fmt::format("our own question for {} met {}", name_->text(), faults::spelling(answer));
    }
    const net::Admission admission = co_await listener_.probe();
    co_return std::string(met(admission));
}

void Weather::apply(const SharedFault& fault)
{
    if (fault == applied_) {
        return;
    }
    applied_ = fault;
    applying_ = set(fault.get());
}

void Weather::set_name(net::HostName& name)
{
    name_ = &name;
    name_->on_lookup([this] { on_contact(); });
}

void Weather::skip_names(std::string why)
{
    name_ = nullptr;
    no_name_ = std::move(why);
}

void Weather::set_answer(net::NameAnswer answer)
{
    if (name_ != nullptr) {
        name_->set_answer(answer);
    }
}

net::Error Weather::set(const FaultSpec* fault)
{
    set_answer(net::NameAnswer::address);
    const net::Error healed = link_.heal();
    if (fault == nullptr) {
        return healed;
    }
    if (const auto* dns = std::get_if<faults::DnsFailure>(&fault->parameters)) {
        set_answer(dns->answer);
        return healed;
    }
    if (const auto* blackhole = std::get_if<faults::Blackhole>(&fault->parameters)) {
        return link_.blackhole(!blackhole->new_connections_only);
    }
    return link_.refuse(std::get<faults::Refuse>(fault->parameters).reset_open);
}

void Weather::on_contact()
{
    if (applied_ == nullptr) {
        return;
    }
    Attempt nobody;  // no request could be read
    nobody.provider = target_;
    observer_.fault_opportunity(applied_->name, nobody, true);
    observer_.fault_delivered(applied_->name, nobody, Proof::contacted, contact_in_words(*applied_));
}

}  // namespace chaos::mock_providers
