// Messages of the domain name system (RFC 1035), as far as a server of a few names needs them. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chaos::net::real::dns {

enum class Code : unsigned char { ok = 0, servfail = 2, nxdomain = 3 };

constexpr std::uint16_t type_a = 1;

/// A query with one question.
struct Question {
    std::uint16_t id = 0;
    std::string name;  ///< in lower case, labels joined by dots
    std::uint16_t type = 0;
    std::string_view header_and_question;  ///< of the message that was read
};

/// Nothing if the bytes are no query of one question.
std::optional<Question> read_query(std::string_view message);
std::string write_query(std::uint16_t id, std::string_view name);

/// With `loopback`: one address, 127.0.0.1, that must not be kept.
std::string answer(const Question& question, Code code, bool loopback);

/// What a response to the query `id` says: its code and whether it has an answer; nothing if it is none.
struct Response {
    Code code = Code::ok;
    bool has_answer = false;
};
std::optional<Response> read_response(std::string_view message, std::uint16_t id);

}  // namespace chaos::net::real::dns
