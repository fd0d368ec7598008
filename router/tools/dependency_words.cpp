// The words of dependencies.yaml, each with its meaning.
#include <array>

#include "router/tools/dependencies.hpp"

namespace chaos::router {
namespace {

struct DependencyWord {
    std::string_view word;
    std::string_view meaning;
};

/// In the order of the enumerations.
constexpr std::array<DependencyWord, 3> kind_words{{
    {"provider", "An endpoint of a model. The router's own configuration says how it is used."},
    {"tool", "An API with effects, fronted by the router."},
    {"other", "Anything else an agent needs, which the router does not front."},
}};

constexpr std::array<DependencyWord, 5> strategy_words{{
    {"tiered_fallback", "Providers: the next of the chain takes over."},
    {"exponential_backoff",
     "Tools: the same call again after a pause that doubles, by chance shorter; Retry-After is "
     "a floor."},
    {"immediate_failover", "Tools: the next endpoint at once, each of them once."},
    {"queue_and_retry",
     "Tools: the call is kept and answered 202 with a place to ask; it is delivered when that can "
     "be done."},
    {"by_caller", "Others: whoever calls it sees to its failures."},
}};

constexpr std::array<DependencyWord, 17> failure_words{{
    {"unreachable", "No connection can be had: no name, refused, a blackhole."},
    {"timeout", "A connection, and no answer."},
    {"slow", "Answers come late, and yet they come."},
    {"cut", "The connection ends in the middle of an answer."},
    {"rate_limit", "429: too many calls; most times it says how long to wait."},
    {"overloaded", "503 or 529: too much to do."},
    {"server_error", "Another 5xx."},
    {"quota", "The account is exhausted."},
    {"credential", "The key is not accepted."},
    {"malformed_answer", "A success status with something that is no answer."},
    {"reply_lost", "It was done, and the answer never came."},
    {"duplicate_delivery", "A call is delivered twice."},
    {"empty_turn", "Providers: an answer with neither text nor a call."},
    {"malformed_tool_call", "Providers: a call that nobody can execute."},
    {"context_overflow", "Providers: the conversation does not fit."},
    {"content_filter", "Providers: refused because of its content."},
    {"model_gone", "Providers: the model is not there any more."},
}};

template <std::size_t Size, class Word>
std::string_view word_of(const std::array<DependencyWord, Size>& words, Word word)
{
    return words.at(static_cast<std::size_t>(word)).word;
}

template <std::size_t Size>
std::vector<WordDoc> docs_of(const std::array<DependencyWord, Size>& words)
{
    std::vector<WordDoc> docs;
    for (const DependencyWord& word : words) docs.push_back({std::string(word.word), std::string(word.meaning)});
    return docs;
}

}  // namespace

std::string_view spelling(DependencyKind kind)
{
    return word_of(kind_words, kind);
}
std::string_view spelling(Strategy strategy)
{
    return word_of(strategy_words, strategy);
}
std::string_view spelling(FailureMode mode)
{
    return word_of(failure_words, mode);
}

std::vector<WordDoc> dependency_kinds()
{
    return docs_of(kind_words);
}
std::vector<WordDoc> strategies()
{
    return docs_of(strategy_words);
}
std::vector<WordDoc> failure_modes()
{
    return docs_of(failure_words);
}

}  // namespace chaos::router
