// Hands each question to the fault it is about; faults that cannot answer it are of another layer.
#include "mock_providers/faults/deed.hpp"

namespace chaos::mock_providers::faults {

namespace {

template <class Fault, class PlannedExchange>
concept Edits = requires(const Fault& fault, PlannedExchange& script, net::Instant release)
{
    fault.inject(script, release);
};

template <class Fault, class Record>
concept Proves = requires(const Fault& fault, const Record& sent)
{
    fault.proof(sent);
};

template <class Fault, class PlannedExchange>
concept Chooses = requires(const Fault& fault, const PlannedExchange& script)
{
    fault.applies_to(script);
};

template <class PlannedExchange>
void inject_into(const Parameters& parameters, PlannedExchange& script, net::Instant release)
{
    std::visit(
        [&]<class Fault>(const Fault& fault) {
            if constexpr (Edits<Fault, PlannedExchange>) {
                fault.inject(script, release);
            }
        },
        parameters);
}

template <class Record>
std::optional<std::string> proof_in(const Parameters& parameters, const Record& sent)
{
    return std::visit(
        [&]<class Fault>(const Fault& fault) -> std::optional<std::string> {
            if constexpr (Proves<Fault, Record>) {
                return fault.proof(sent);
            } else {
                return std::nullopt;
            }
        },
        parameters);
}

/// Without an answer there is nothing to change in it, in its pace or in its end.
bool needs_an_answer(Stage stage)
{
    return stage == Stage::answer || stage == Stage::form || stage == Stage::pace || stage == Stage::ending;
}

}  // namespace

bool applies(const Parameters& parameters, const Script& script)
{
    return std::visit(
        [&]<class Fault>(const Fault& fault) {
            if (script.instead && needs_an_answer(fault.stage())) {
                return false;
            }
            if constexpr (Chooses<Fault, Script>) {
                return fault.applies_to(script);
            } else {
                return true;
            }
        },
        parameters);
}

bool applies(const Parameters& parameters, const ToolScript& script)
{
    return std::visit(
        [&]<class Fault>(const Fault& fault) {
            if constexpr (Chooses<Fault, ToolScript>) {
                return fault.applies_to(script);
            } else {
                return true;
            }
        },
        parameters);
}

void inject(const Parameters& parameters, Script& script, net::Instant release)
{
    inject_into(parameters, script, release);
}

void inject(const Parameters& parameters, ToolScript& script, net::Instant release)
{
    inject_into(parameters, script, release);
}

std::optional<std::string> proof(const Parameters& parameters, const Sent& sent)
{
    return proof_in(parameters, sent);
}

std::optional<std::string> proof(const Parameters& parameters, const ToolSent& sent)
{
    return proof_in(parameters, sent);
}

}  // namespace chaos::mock_providers::faults
