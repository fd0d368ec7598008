// A scan over the bytes: the writers leave no space between a key and its value.
#include "mock_providers/faults/respelling.hpp"

namespace chaos::mock_providers::faults {

namespace {

/// The length of a JSON text from its first quote to its last.
std::size_t length_of_text(std::string_view bytes)
{
    std::size_t end = 1;
    while (end < bytes.size() && bytes[end] != '"') {
        end += bytes[end] == '\\' ? 2 : 1;
    }
    return end < bytes.size() ? end + 1 : 0;
}

/// 0: no value of the kinds that are respelt.
std::size_t length_of_value(std::string_view bytes)
{
    for (const std::string_view word : {"null", "{}"}) {
        if (bytes.starts_with(word)) {
            return word.size();
        }
    }
    return bytes.starts_with('"') ? length_of_text(bytes) : 0;
}

}  // namespace

void respell_values(std::string& bytes, std::string_view key,
                    const std::function<std::string(std::string_view value)>& respell)
{
    for (std::size_t at = bytes.find(key); at != std::string::npos; at = bytes.find(key, at)) {
        at += key.size();
        const std::size_t length = length_of_value(std::string_view(bytes).substr(at));
        if (length > 0) {
            const std::string value = respell(std::string_view(bytes).substr(at, length));
            bytes.replace(at, length, value);
            at += value.size();
        }
    }
}

}  // namespace chaos::mock_providers::faults
