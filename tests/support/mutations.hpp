// Damaged copies of good input: the same damage for the same chance, on every machine.
#pragma once

#include <string>
#include <string_view>

#include "net/chance.hpp"

namespace chaos::tests {

/// `text` with one or two changes: a byte replaced, removed or inserted, a stretch doubled or removed, the end cut
/// off. Inserted bytes are often ones that mean something to a parser.
inline std::string mutated(std::string text, net::Chance chance)
{
    constexpr std::string_view telling = "{}[]\",:\\'0-9eE.+ntfu \t\r\n#&*!|>%@`-\x01\x7f\x80\xc3\xff";
    std::uint64_t changes = 1 + chance.about("changes").below(2);
    for (std::uint64_t i = 0; i < changes; ++i) {
        net::Chance change = chance.about(i);
        std::uint64_t at = change.about("at").below(text.size() + 1);
        std::uint64_t length = 1 + change.about("length").below(24);
        char byte = telling[change.about("byte").below(telling.size())];
        if (change.about("any byte").below(4) == 0) byte = static_cast<char>(change.about("value").below(256));
        switch (change.about("kind").below(6)) {
            case 0: text.insert(at, 1, byte); break;
            case 1: text.replace(at, at < text.size() ? 1 : 0, 1, byte); break;
            case 2: text.erase(at, 1); break;
            case 3: text.erase(at, length); break;
            case 4: text.insert(at, std::string(text, change.about("from").below(text.size() + 1), length)); break;
            case 5: text.resize(at); break;
        }
    }
    return text;
}

/// `length` bytes of anything.
inline std::string garbage(std::size_t length, net::Chance chance)
{
    std::string result;
    for (std::size_t i = 0; i < length; ++i) result += static_cast<char>(chance.about(i).below(256));
    return result;
}

}  // namespace chaos::tests
