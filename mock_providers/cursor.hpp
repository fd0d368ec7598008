// A cursor over text: takes fixed phrases, numbers and tokens one after the other, or says that they do not stand
// there.
#pragma once

#include <optional>
#include <string_view>

#include "mock_providers/words.hpp"

namespace chaos::mock_providers {

class Cursor {
public:
    explicit Cursor(std::string_view text) : rest_(text) {}

    /// Goes past `phrase` if it stands here.
    bool take(std::string_view phrase)
    {
        if (!rest_.starts_with(phrase)) {
            return false;
        }
        rest_.remove_prefix(phrase.size());
        return true;
    }

    /// The longest run of token characters here; a sentence's closing dot is not part of it.
    std::string_view token()
    {
        std::size_t length = 0;
        while (length < rest_.size() && is_token_character(rest_[length])) {
            ++length;
        }
        while (length > 0 && rest_[length - 1] == '.') {
            --length;
        }
        const std::string_view found = rest_.substr(0, length);
        rest_.remove_prefix(length);
        return found;
    }

    /// A number of at most six digits without sign.
    std::optional<int> number()
    {
        int value = 0;
        std::size_t length = 0;
        while (length < rest_.size() && length < 6 && rest_[length] >= '0' && rest_[length] <= '9') {
            value = value * 10 + (rest_[length] - '0');
            ++length;
        }
        rest_.remove_prefix(length);
        return length > 0 ? std::optional(value) : std::nullopt;
    }

    bool at_end() const { return rest_.empty(); }
    std::string_view rest() const { return rest_; }

private:
    std::string_view rest_;
};

}  // namespace chaos::mock_providers
