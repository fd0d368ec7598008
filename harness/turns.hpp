// A conversation as turns that compare across dialects: what the context check holds side by side.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "history/event.hpp"
#include "wire/chat.hpp"

namespace chaos::harness {

/// Turns the messages of requests into history turns. Remembers arguments it has normalised (a conversation is sent
/// again with every turn), so one object serves a whole run.
class TurnReader {
public:
    std::vector<history::Turn> turns_of(const std::vector<wire::Message>& messages);

    /// normal_json() of a call's arguments; valid until the next call of any member.
    const std::string& normal_arguments(const std::string& arguments);

private:
    history::Turn turn_of(const wire::Message& message);

    std::unordered_map<std::string, std::string> normal_;  // looked up only, never iterated
};

/// JSON text with sorted keys and numbers by value; "" and null mean {}; text that is no JSON stays as it is.
std::string normal_json(std::string_view text);

}  // namespace chaos::harness
