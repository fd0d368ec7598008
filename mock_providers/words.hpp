// Word-like tokens: numbers spelt as plain words, which tokenisers do not tear and redactors do not eat as they do hex.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace chaos::mock_providers {

/// "quiet-amber-otter": three words, 2^18 of them.
std::string three_words(std::uint64_t bits);
/// "quiet-amber-otter-harbor": four words, 2^24 of them.
std::string four_words(std::uint64_t bits);
/// One plain word of prose for filler text; 64 of them.
std::string_view filler_word(std::uint64_t bits);

/// True for the characters a token is made of: letters, digits, '-', '_' and '.'.
bool is_token_character(char c);

}  // namespace chaos::mock_providers
