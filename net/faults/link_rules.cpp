// What the rules of a link do to one connection besides shaping its bytes: losing them, ending it, and telling of it.
#include <algorithm>
#include <utility>

#include "net/faults/link_stream.hpp"

namespace chaos::net::faults {
namespace {

std::size_t index(Direction direction)
{
    return direction == Direction::up ? 0 : 1;
}

/// Whether what passed shows the effect.
bool shows(const Effect& effect, const Lane& lane)
{
    const Burst& burst = lane.burst();
    if (std::holds_alternative<Latency>(effect)) return burst.held > Duration::zero();
    if (const auto* line = std::get_if<Bandwidth>(&effect)) {
        return line->bytes_per_second == 0 ? lane.stuck() : burst.took > Duration::zero();
    }
    if (std::holds_alternative<Slices>(effect)) return burst.cuts > 0 && burst.pieces > 1;
    return std::holds_alternative<SlowClose>(effect) && burst.end_held > Duration::zero();
}

Close ending(const Effect& effect)
{
    return std::holds_alternative<ResetPeer>(effect) ? Close::reset : Close::fin;
}

}  // namespace

void LinkConnection::rules_changed()
{
    apply_rules();
    if (wire_closed_) return;
    if (!reads()) {
        for (Applied& applied : applied_) {
            if (applied.picked && std::holds_alternative<NoRead>(applied.rule->effect)) tell(applied, {});
        }
    }
    weather_changed();
}

void LinkConnection::apply_rules()
{
    drop_rules();
    std::vector<Applied> applying;
    std::vector<SharedRule> picked;
    for (const SharedRule& rule : weather_->rules) {
        const auto known = std::find_if(applied_.begin(), applied_.end(),
                                        [&](const Applied& applied) { return is_same(*applied.rule, *rule); });
        if (!is_candidate(*rule, ordinal_)) continue;
        Applied applied = known == applied_.end() ? Applied{} : *known;
        applied.rule = rule;
        applied.picked = picks(*rule, ordinal_);
        applying.push_back(std::move(applied));
        if (applying.back().picked) picked.push_back(rule);
    }
    applied_ = std::move(applying);
    const Instant now = weather_->clock.now();
    inbound_.set_rules(picked, now);
    outbound_.set_rules(picked, now);
}

/// A connection that lost bytes to a rule cannot go on without it: it ends as the rule would have ended it.
void LinkConnection::drop_rules()
{
    const auto stays = [this](const Applied& applied) {
        return std::any_of(weather_->rules.begin(), weather_->rules.end(),
                           [&](const SharedRule& rule) { return is_same(*rule, *applied.rule); });
    };
    if (std::all_of(applied_.begin(), applied_.end(), stays)) return;
    tell_burst(inbound_);
    tell_burst(outbound_);
    for (const Applied& applied : applied_) {
        const bool swallowed = std::holds_alternative<Swallow>(applied.rule->effect);
        if (!stays(applied) && applied.picked && (swallowed || applied.lost > 0)) {
            return sever(ending(applied.rule->effect));
        }
    }
}

bool LinkConnection::reads() const
{
    return std::none_of(applied_.begin(), applied_.end(), [](const Applied& applied) {
        return applied.picked && std::holds_alternative<NoRead>(applied.rule->effect);
    });
}

bool LinkConnection::passes_freely(const Lane& lane) const
{
    if (weather_->dark || lane.shapes() || !lane.empty()) return false;
    if (lane.direction() == Direction::up && !reads()) return false;
    return std::none_of(applied_.begin(), applied_.end(), [&lane](const Applied& applied) {
        const Effect& effect = applied.rule->effect;
        return applied.acts(lane.direction()) &&
               (std::holds_alternative<LimitData>(effect) || std::holds_alternative<Swallow>(effect) ||
                std::holds_alternative<ResetPeer>(effect));
    });
}

/// True if a rule loses these bytes, or the end that none stand for.
bool LinkConnection::lost(Direction direction, std::size_t bytes)
{
    const Instant now = weather_->clock.now();
    for (Applied& applied : applied_) {
        if (!applied.acts(direction)) continue;
        const auto* swallow = std::get_if<Swallow>(&applied.rule->effect);
        const auto* reset = std::get_if<ResetPeer>(&applied.rule->effect);
        if (swallow != nullptr && bytes > 0) {
            applied.lost += bytes;
            if (swallow->ends_after) applied.deadline = later(now, *swallow->ends_after);
            Done done;
            done.direction = direction;
            done.bytes = bytes;
            tell(applied, done);
            return true;
        }
        if (reset != nullptr) {
            applied.lost += bytes;
            if (applied.deadline == never) applied.deadline = later(now, reset->after);
            return true;
        }
    }
    return false;
}

void LinkConnection::exchange_began()
{
    resting_ = false;
}

void LinkConnection::exchange_ended()
{
    resting_ = true;
    for (Applied& applied : applied_) {
        const auto* stale = std::get_if<StaleKeepAlive>(&applied.rule->effect);
        if (stale == nullptr || !stale->idle || wire_closed_) continue;
        applied.deadline = later(weather_->clock.now(), *stale->idle);
    }
    set_alarm();
}

/// Bytes arrive: the connection rests no longer. True if it is reset for that.
bool LinkConnection::is_stale()
{
    const bool reused = std::exchange(resting_, false) && answered_;
    for (Applied& applied : applied_) {
        const auto* stale = std::get_if<StaleKeepAlive>(&applied.rule->effect);
        if (stale == nullptr) continue;
        applied.deadline = never;
        if (!reused || stale->idle) continue;
        Done done;
        done.fell = applied.picked;
        if (applied.picked) done.ended = Close::reset;
        tell(applied, done);
        if (!applied.picked) continue;
        sever(Close::reset);
        return true;
    }
    return false;
}

/// Leaves of `bytes` what may still pass. Says how the connection ends if nothing may pass any more.
std::optional<Close> LinkConnection::cut_to_limit(Direction direction, std::string& bytes)
{
    for (Applied& applied : applied_) {
        const auto* limit = std::get_if<LimitData>(&applied.rule->effect);
        if (limit == nullptr || bytes.empty() || !applied.acts(direction)) continue;
        std::uint64_t& passed = applied.passed[index(direction)];
        const std::uint64_t left = limit->bytes - std::min(limit->bytes, passed);
        if (bytes.size() > left) bytes.resize(left);
        passed += bytes.size();
        if (passed < limit->bytes) continue;
        Done done;
        done.direction = direction;
        done.bytes = passed;
        done.ended = limit->how;
        tell(applied, done);
        return limit->how;
    }
    return std::nullopt;
}

void LinkConnection::tell(Applied& applied, Done done)
{
    if (std::exchange(applied.told, true) || !weather_->done) return;
    done.connection = ordinal_;
    weather_->done(*applied.rule, done);
}

/// Bytes pass that a rule could have met, had its dice fallen.
void LinkConnection::tell_spared(Direction direction)
{
    for (Applied& applied : applied_) {
        if (applied.picked || applied.told || !applied.rule->acts(direction)) continue;
        if (std::holds_alternative<StaleKeepAlive>(applied.rule->effect)) continue;  // its occasion is the reuse
        Done done;
        done.fell = false;
        done.direction = direction;
        tell(applied, done);
    }
}

void LinkConnection::tell_burst(const Lane& lane)
{
    const Burst& burst = lane.burst();
    for (Applied& applied : applied_) {
        if (applied.told || !applied.acts(lane.direction()) || !shows(applied.rule->effect, lane)) continue;
        Done done;
        done.direction = lane.direction();
        done.bytes = burst.bytes;
        done.pieces = burst.pieces;
        done.held = std::holds_alternative<SlowClose>(applied.rule->effect) ? burst.end_held : burst.held;
        done.took = burst.took;
        tell(applied, done);
    }
}

void LinkConnection::meet_deadlines()
{
    for (Applied& applied : applied_) {
        if (applied.deadline > weather_->clock.now()) continue;
        applied.deadline = never;
        Done done;
        done.bytes = applied.lost;
        done.ended = ending(applied.rule->effect);
        if (!applied.picked) continue;
        tell(applied, done);
        return sever(*done.ended);
    }
}

Instant LinkConnection::next_deadline() const
{
    Instant next = never;
    for (const Applied& applied : applied_) next = std::min(next, applied.deadline);
    return next;
}

}  // namespace chaos::net::faults
