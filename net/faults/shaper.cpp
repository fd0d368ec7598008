// What each shaping effect does to a row of pieces.
#include "net/faults/shaper.hpp"

#include <algorithm>

namespace chaos::net::faults {
namespace {

constexpr std::size_t socket_buffer = 64 * 1024;
constexpr std::size_t long_line = 1024 * 1024;
constexpr std::size_t narrow_line = 1024;

/// What a line of limited bandwidth lets out at once: what passes in so short a time looks like an even flow.
constexpr Duration even_flow = std::chrono::milliseconds(5);
constexpr std::uint64_t largest_shaped_piece = 16 * 1024;

constexpr std::uint64_t nanoseconds_a_second = 1'000'000'000;

bool shapes(const Effect& effect)
{
    return std::holds_alternative<Latency>(effect) || std::holds_alternative<Bandwidth>(effect) ||
           std::holds_alternative<Slices>(effect) || std::holds_alternative<SlowClose>(effect);
}

void delay(std::vector<Piece>& pieces, Duration by, Instant& free)
{
    for (Piece& piece : pieces) {
        piece.due = std::max(free, later(piece.due, by));
        free = piece.due;
    }
}

std::size_t piece_at(std::uint64_t bytes_per_second)
{
    const std::uint64_t even = bytes_per_second / (std::chrono::seconds(1) / even_flow);
    return std::clamp<std::uint64_t>(even, 1, largest_shaped_piece);
}

std::vector<Piece> pace(const std::vector<Piece>& pieces, const Bandwidth& line, Instant& free)
{
    std::vector<Piece> paced;
    const std::size_t most = piece_at(line.bytes_per_second);
    for (const Piece& piece : pieces) {
        if (line.bytes_per_second == 0) {
            paced.push_back({piece.size, free = never});
            continue;
        }
        for (std::size_t left = piece.size; left > 0;) {
            const std::size_t size = std::min(left, most);
            const Duration takes(static_cast<Duration::rep>(size * nanoseconds_a_second / line.bytes_per_second));
            free = later(std::max(free, piece.due), takes);
            paced.push_back({size, free});
            left -= size;
        }
    }
    return paced;
}

std::size_t slice_size(const Slices& slices, const Chance& chance)
{
    const std::size_t least = slices.size - slices.variation;
    return least + chance.below(2 * slices.variation + 1);
}

std::vector<Piece> slice(const std::vector<Piece>& pieces, const Slices& slices, Instant& free, const Chance& chance)
{
    std::vector<Piece> sliced;
    std::uint64_t nth = 0;
    for (const Piece& piece : pieces) {
        for (std::size_t left = piece.size; left > 0;) {
            const std::size_t size = std::min(left, slice_size(slices, chance.about(nth)));
            ++nth;
            const Instant due = std::max(free, piece.due);
            sliced.push_back({size, due});
            free = later(due, slices.pause);
            left -= size;
        }
    }
    return sliced;
}

}  // namespace

Instant later(Instant at, Duration by)
{
    return at > never - by ? never : at + by;
}

bool Shaper::set_rules(const std::vector<SharedRule>& rules)
{
    std::vector<SharedRule> own;
    for (const SharedRule& rule : rules) {
        if (shapes(rule->effect) && rule->acts(direction_)) own.push_back(rule);
    }
    if (own == rules_) return false;
    std::vector<Stage> stages;
    for (const SharedRule& rule : own) {
        const auto before = std::find_if(stages_.begin(), stages_.end(),
                                         [&](const Stage& stage) { return is_same(*stage.rule, *rule); });
        stages.push_back({rule, before == stages_.end() ? Instant::min() : before->free});
    }
    rules_ = std::move(own);
    stages_ = std::move(stages);
    return true;
}

Chance Shaper::dice(const Stage& stage, std::uint64_t parcel) const
{
    return stage.rule->chance.about(connection_).about(direction_ == Direction::up ? "up" : "down").about(parcel);
}

std::vector<Piece> Shaper::shape(std::size_t size, Instant arrived, std::uint64_t parcel)
{
    std::vector<Piece> pieces = {{size, arrived}};
    for (Stage& stage : stages_) {
        if (const auto* latency = std::get_if<Latency>(&stage.rule->effect)) {
            delay(pieces, draw(*latency, dice(stage, parcel)), stage.free);
        } else if (const auto* line = std::get_if<Bandwidth>(&stage.rule->effect)) {
            pieces = pace(pieces, *line, stage.free);
        } else if (const auto* slices = std::get_if<Slices>(&stage.rule->effect)) {
            pieces = slice(pieces, *slices, stage.free, dice(stage, parcel));
        }
    }
    return pieces;
}

Instant Shaper::end(Instant arrived, std::uint64_t parcel)
{
    Instant due = arrived;
    for (const Stage& stage : stages_) {
        if (const auto* latency = std::get_if<Latency>(&stage.rule->effect)) {
            due = later(due, draw(*latency, dice(stage, parcel)));
        }
        due = std::max(due, stage.free);
        if (const auto* slow = std::get_if<SlowClose>(&stage.rule->effect)) due = later(due, slow->by);
    }
    return due;
}

void Shaper::rewind(Instant now)
{
    for (Stage& stage : stages_) stage.free = std::min(stage.free, now);
}

std::size_t Shaper::most_held() const
{
    std::optional<std::size_t> narrowest;
    bool is_long = false;
    for (const Stage& stage : stages_) {
        is_long = is_long || std::holds_alternative<Latency>(stage.rule->effect);
        const auto* line = std::get_if<Bandwidth>(&stage.rule->effect);
        if (line == nullptr || line->bytes_per_second == 0) continue;
        const auto held = std::clamp<std::size_t>(line->bytes_per_second / 4, narrow_line, long_line);
        narrowest = std::min(narrowest.value_or(held), held);
    }
    return narrowest ? *narrowest : is_long ? long_line : socket_buffer;
}

bool Shaper::slices() const
{
    return std::any_of(stages_.begin(), stages_.end(),
                       [](const Stage& stage) { return std::holds_alternative<Slices>(stage.rule->effect); });
}

}  // namespace chaos::net::faults
