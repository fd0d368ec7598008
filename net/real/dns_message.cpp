// Names are read without compression: questions have none.
#include "net/real/dns_message.hpp"

#include <algorithm>

namespace chaos::net::real::dns {
namespace {

constexpr std::size_t header_size = 12;
constexpr std::size_t longest_name = 255;
constexpr std::uint16_t class_in = 1;
constexpr unsigned char is_response = 0x80;
constexpr unsigned char authoritative = 0x04;
constexpr unsigned char recursion_available = 0x80;
constexpr unsigned char opcode_bits = 0x78;
constexpr unsigned char code_bits = 0x0F;

std::uint16_t number_at(std::string_view message, std::size_t at)
{
    return static_cast<std::uint16_t>(static_cast<unsigned char>(message[at]) << 8 |
                                      static_cast<unsigned char>(message[at + 1]));
}

void append_number(std::string& out, std::uint16_t number)
{
    out += static_cast<char>(number >> 8);
    out += static_cast<char>(number & 0xFF);
}

char in_lower_case(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

/// Leaves `at` behind the name.
std::optional<std::string> read_name(std::string_view message, std::size_t& at)
{
    std::string name;
    while (at < message.size() && message[at] != '\0') {
        const std::size_t length = static_cast<unsigned char>(message[at]);
        if (length > 63 || at + 1 + length > message.size() || name.size() + length > longest_name) return std::nullopt;
        if (!name.empty()) name += '.';
        for (const char letter : message.substr(at + 1, length)) name += in_lower_case(letter);
        at += 1 + length;
    }
    if (at >= message.size()) return std::nullopt;
    ++at;
    return name;
}

}  // namespace

std::optional<Question> read_query(std::string_view message)
{
    if (message.size() < header_size) return std::nullopt;
    const auto flags = static_cast<unsigned char>(message[2]);
    if ((flags & (is_response | opcode_bits)) != 0 || number_at(message, 4) != 1) return std::nullopt;
    std::size_t at = header_size;
    const auto name = read_name(message, at);
    if (!name || at + 4 > message.size()) return std::nullopt;
    Question question;
    question.id = number_at(message, 0);
    question.name = *name;
    question.type = number_at(message, at);
    question.header_and_question = message.substr(0, at + 4);
    return question;
}

std::string write_query(std::uint16_t id, std::string_view name)
{
    std::string out;
    append_number(out, id);
    append_number(out, 0x0100);  // recursion desired, as stub resolvers say
    for (const std::uint16_t count : {1, 0, 0, 0}) append_number(out, count);
    while (!name.empty()) {
        const std::string_view label = name.substr(0, name.find('.'));
        out += static_cast<char>(label.size());
        out += label;
        name.remove_prefix(std::min(name.size(), label.size() + 1));
    }
    out += '\0';
    append_number(out, type_a);
    append_number(out, class_in);
    return out;
}

std::string answer(const Question& question, Code code, bool loopback)
{
    std::string out(question.header_and_question);
    out[2] = static_cast<char>(static_cast<unsigned char>(out[2]) | is_response | authoritative);
    out[3] = static_cast<char>(recursion_available | static_cast<unsigned char>(code));
    out.replace(6, 6, loopback ? std::string("\0\1\0\0\0\0", 6) : std::string(6, '\0'));
    if (loopback) {
        append_number(out, 0xC000 | header_size);  // the name is the one in the question
        append_number(out, type_a);
        append_number(out, class_in);
        out += std::string(4, '\0');  // it may be kept for no time
        append_number(out, 4);
        out += std::string("\x7F\0\0\1", 4);
    }
    return out;
}

std::optional<Response> read_response(std::string_view message, std::uint16_t id)
{
    if (message.size() < header_size || number_at(message, 0) != id) return std::nullopt;
    if ((static_cast<unsigned char>(message[2]) & is_response) == 0) return std::nullopt;
    return Response{static_cast<Code>(static_cast<unsigned char>(message[3]) & code_bits), number_at(message, 6) > 0};
}

}  // namespace chaos::net::real::dns
