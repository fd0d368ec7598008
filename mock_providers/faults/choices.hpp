// A parameter that is one word of a few: the words beside what they mean.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/reader.hpp"

namespace chaos::mock_providers::faults {

template <class Value>
using Choices = std::vector<std::pair<std::string, Value>>;

/// The meaning of the word at `key`, or `fallback` without one; complains about words that are none of the choices.
template <class Value>
Value read_choice(config::MapReader& map, std::string_view key, const Choices<Value>& choices, Value fallback)
{
    std::vector<std::string> words;
    for (const auto& [word, value] : choices) words.push_back(word);
    const auto chosen = map.choice(key, words);
    if (!chosen) return fallback;
    return std::find_if(choices.begin(), choices.end(), [&](const auto& choice) { return choice.first == *chosen; })->second;
}

/// The word for a meaning that is one of the choices.
template <class Value>
std::string_view word_for(Value value, const Choices<Value>& choices)
{
    return std::find_if(choices.begin(), choices.end(), [&](const auto& choice) { return choice.second == value; })->first;
}

}  // namespace chaos::mock_providers::faults
