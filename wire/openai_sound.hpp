// The sound in a message, which Chat Completions and Responses spell alike.
#pragma once

#include <string>

#include "wire/chat.hpp"
#include "wire/json_document.hpp"

namespace chaos::wire::openai {

/// Of the member `input_audio`; false if it is none.
bool read_sound(const json::Field& content, Part& out);
/// Appends the whole part, as JSON.
void write_sound(std::string& out, const Part& sound);

}  // namespace chaos::wire::openai
