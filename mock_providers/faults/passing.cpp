// One rule for each stage.
#include "mock_providers/faults/passing.hpp"

#include "mock_providers/faults/vocabulary.hpp"

namespace chaos::mock_providers::faults {

namespace {

bool stops_anywhere(const Parameters& parameters)
{
    if (const auto* cut = std::get_if<Cut>(&parameters)) {
        const bool passes = cut->end == Stop::fin || cut->end == Stop::reset || cut->end == Stop::silence || cut->end == Stop::clean;
        return cut->place == Cut::Place::tokens && passes;
    }
    return std::holds_alternative<Blackhole>(parameters);
}

}  // namespace

std::string why_not_passing(const Parameters& parameters)
{
    switch (stage_of(parameters)) {
        case Stage::connection:
        case Stage::opening:
            return "";
        case Stage::pace:
            if (std::holds_alternative<Slow>(parameters)) return "";
            break;
        case Stage::ending:
            if (stops_anywhere(parameters)) return "";
            if (std::holds_alternative<Cut>(parameters)) {
                return "of passing bytes only `after_tokens` can be cut, with `end: fin`, `reset`, `silence` or `clean`";
            }
            break;
        case Stage::answer:
        case Stage::form:
            break;
    }
    return "it changes what a script says, and this answer is not ours";
}

}  // namespace chaos::mock_providers::faults
