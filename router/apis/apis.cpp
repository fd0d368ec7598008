// The APIs by name, and what they have in common.
#include "router/apis/anthropic_api.hpp"
#include "router/apis/gemini_api.hpp"
#include "router/apis/ollama_api.hpp"
#include "router/apis/openai_api.hpp"
#include "wire/json_document.hpp"
#include "wire/openai_chat.hpp"

namespace chaos::router {
namespace {

struct ProtocolWord {
    Protocol protocol;
    std::string_view word;
};
constexpr ProtocolWord protocol_words[] = {{Protocol::openai_chat, "openai"},
                                           {Protocol::openai_responses, "openai_responses"},
                                           {Protocol::anthropic, "anthropic"},
                                           {Protocol::ollama, "ollama"},
                                           {Protocol::gemini, "gemini"}};

}  // namespace

std::string_view spelling(Protocol protocol)
{
    for (const ProtocolWord& row : protocol_words) {
        if (row.protocol == protocol) return row.word;
    }
    return "openai";
}

std::optional<Protocol> protocol_of(std::string_view dialect)
{
    for (const ProtocolWord& row : protocol_words) {
        if (row.word == dialect) return row.protocol;
    }
    return std::nullopt;
}

std::vector<std::string> dialect_words()
{
    std::vector<std::string> words;
    for (const ProtocolWord& row : protocol_words) words.emplace_back(row.word);
    return words;
}

WholeAnswer Api::read_answer(std::string_view body, std::size_t turn) const
{
    wire::json::Parser parser;
    return read_answer(body, turn, parser);
}

/// The reader of OpenAI's errors knows the shapes of everybody's.
Api::ErrorBody Api::read_error(int status, std::string_view body) const
{
    return {wire::openai_chat::read_error(status, body), std::nullopt};
}

const Api& api_of(Protocol protocol)
{
    static const OpenAiChatApi openai_chat;
    static const OpenAiResponsesApi openai_responses;
    static const AnthropicApi anthropic;
    static const OllamaApi ollama;
    static const GeminiApi gemini;
    switch (protocol) {
        case Protocol::openai_chat:
            return openai_chat;
        case Protocol::openai_responses:
            return openai_responses;
        case Protocol::anthropic:
            return anthropic;
        case Protocol::ollama:
            return ollama;
        case Protocol::gemini:
            return gemini;
    }
    return openai_chat;
}

}  // namespace chaos::router
