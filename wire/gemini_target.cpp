// Where requests of the Gemini API go: the model, the method and the framing stand in the target.
#include <fmt/format.h>

#include <algorithm>

#include "net/http/message.hpp"
#include "wire/gemini.hpp"

namespace chaos::wire::gemini {

namespace {

int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// What is no escape stays as it is.
std::string percent_decoded(std::string_view text)
{
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        bool room = text[i] == '%' && i + 2 < text.size();
        int high = room ? hex_digit(text[i + 1]) : -1;
        int low = room ? hex_digit(text[i + 2]) : -1;
        bool escape = high >= 0 && low >= 0;
        result += escape ? static_cast<char>(high * 16 + low) : text[i];
        i += escape ? 2 : 0;
    }
    return result;
}

std::string percent_encoded(std::string_view text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string result;
    for (char c : text) {
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     std::string_view("-._~/:").find(c) != std::string_view::npos;
        auto byte = static_cast<unsigned char>(c);
        plain ? result += c : result += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
    return result;
}

void read_query(std::string_view query, Target& target)
{
    while (!query.empty()) {
        std::size_t end = std::min(query.find('&'), query.size());
        std::string_view field = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        // Google's servers know both spellings.
        target.sse = target.sse || field == "alt=sse" || field == "$alt=sse" || field == "%24alt=sse";
        target.has_key = target.has_key || (field.starts_with("key=") && field.size() > 4);
    }
}

}  // namespace

std::optional<Target> read_target(std::string_view target)
{
    std::string_view path = net::http::path_of(target);
    for (std::string_view version : {"/v1beta/models", "/v1/models"}) {
        if (!path.starts_with(version)) continue;
        Target result;
        std::string_view rest = path.substr(version.size());
        if (!rest.empty() && (rest.front() != '/' || rest.size() == 1)) return std::nullopt;
        if (!rest.empty()) rest.remove_prefix(1);
        // The last colon: names of models may have some, too.
        std::size_t colon = std::min(rest.rfind(':'), rest.size());
        result.model = percent_decoded(rest.substr(0, colon));
        result.method = rest.substr(std::min(colon + 1, rest.size()));
        std::size_t question = target.find('?');
        if (question != std::string_view::npos) read_query(target.substr(question + 1), result);
        return result;
    }
    return std::nullopt;
}

std::string write_target(const ChatRequest& request)
{
    std::string_view method = request.stream ? ":streamGenerateContent?alt=sse" : ":generateContent";
    return fmt::format("/v1beta/models/{}{}", percent_encoded(request.model), method);
}

std::string id_by_place(std::size_t turn, std::size_t nth)
{
    return fmt::format("call_{}_{}", turn, nth);
}

std::size_t next_turn(const ChatRequest& request)
{
    std::size_t turns = 1;
    bool in_turn = false;
    for (const Message& message : request.messages) {
        if (message.role == Role::system) continue;
        bool assistant = message.role == Role::assistant;
        if (assistant && !in_turn) ++turns;
        in_turn = assistant;
    }
    return turns;
}

}  // namespace chaos::wire::gemini
