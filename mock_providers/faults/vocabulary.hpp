// The vocabulary of faults: one row a fault. The reader, `chaos list faults` and the documentation all come from here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/reader.hpp"
#include "mock_providers/spec.hpp"

namespace chaos::mock_providers::faults {

struct ParameterDoc {
    std::string name;
    std::string meaning;  ///< with unit and default
    std::string example;  ///< a value as it would be written
};

/// What a fault is, where it applies, and what proves it.
struct Entry {
    std::string name;
    Layer layer = Layer::request;  ///< of the bare word; layer_of() tells it for given parameters
    std::string summary;           ///< one sentence: what the subject meets
    std::string evidence;          ///< one sentence: what proves that it happened
    std::string remedy;            ///< one sentence: what a good subject can do about it
    std::vector<ParameterDoc> parameters;
    /// Spellings worth telling apart: those that can happen in other places than the bare word.
    std::vector<std::string> forms;
    /// Reads `inject: {name: <value>}`; `value` is null for the bare word.
    Parameters (*read)(const config::Node& value, config::Complaints& complaints) = nullptr;
};

/// Every fault, in the order of the documentation.
const std::vector<Entry>& vocabulary();
const Entry* find(std::string_view name);
/// Reads one of an entry's forms; "" is the bare word.
Parameters read_form(const Entry& entry, const std::string& form, config::Complaints& complaints);

/// Reads one entry of `faults:`. `providers` and `tools` are the names a target may have. Complains about unknown
/// targets and faults, parameters, selectors of the wrong family, and empty windows. `nth` makes the default name.
FaultSpec read_fault(const config::Node& node, config::Complaints& complaints,
                     const std::vector<std::string>& providers, const std::vector<std::string>& tools, int nth);

/// What the parameters make of a fault: who it acts on, and when.
Layer layer_of(const Parameters& parameters);
Stage stage_of(const Parameters& parameters);

/// "blackhole on primary, 1s to 6s"
std::string in_words(const FaultSpec& fault);

}  // namespace chaos::mock_providers::faults
