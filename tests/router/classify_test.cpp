// What errors mean: one row an error as some real server words it.
#include "router/classify.hpp"

#include <gtest/gtest.h>
#include <boost/asio/error.hpp>

#include <vector>

namespace chaos::router {
namespace {

using enum OutcomeClass;

struct StatusRow {
    const char* name;
    int status;
    wire::ProviderError error;
    OutcomeClass what;
};

wire::ProviderError error_saying(std::string type, std::string code, std::string message, int status = 0)
{
    return wire::ProviderError{status, std::move(type), std::move(code), std::move(message)};
}

const std::vector<StatusRow> status_rows{
    // 400: the caller's, except by a telling code or the very first words.
    {"bad request", 400, error_saying("invalid_request_error", "", "Invalid 'messages[1].content'"), caller_fault},
    {"400 without a word", 400, {}, caller_fault},
    {"400 with invalid arguments in history", 400,
     error_saying("invalid_request_error", "", "tool arguments are not valid JSON"), caller_fault},
    {"Gemini: bad key as 400", 400,
     error_saying("INVALID_ARGUMENT", "", "API key not valid. Please pass a valid API key."), credential},
    {"a prompt echoed in a 400 rests no key", 400,
     error_saying("invalid_request_error", "",
                  "Invalid content: 'he said API key not valid and quota exceeded per day'"),
     caller_fault},
    {"a prompt echoed in a 400 is no rate limit", 400,
     error_saying("", "", "cannot parse 'Rate limit reached, overloaded'"), caller_fault},
    {"Anthropic: credit as 400", 400,
     error_saying("invalid_request_error", "", "Your credit balance is too low to access the API"), quota},
    {"quota by code in a 400", 400, error_saying("invalid_request_error", "insufficient_quota", "x"), quota},
    {"context by code", 400, error_saying("invalid_request_error", "context_length_exceeded", "too long"),
     context_overflow},
    {"context by words", 400,
     error_saying("invalid_request_error", "", "This model's maximum context length is 8192 tokens."),
     context_overflow},
    {"content filter", 400, error_saying("invalid_request_error", "content_filter", "filtered"), content_filter},
    {"content policy by words", 400, error_saying("", "", "violates Azure OpenAI's content management policy"),
     content_filter},
    {"model by code in a 400", 400, error_saying("invalid_request_error", "model_not_found", "x"), model_gone},
    {"a 400 that calls itself a rate limit stays the caller's", 400, error_saying("", "rate_limit_exceeded", "x"),
     caller_fault},
    {"validation of FastAPI", 422, error_saying("", "", "field required"), caller_fault},
    // 401, 402, 403.
    {"bad key", 401,
     error_saying("invalid_request_error", "invalid_api_key", "Incorrect API key provided: sk-ab***yz."), credential},
    {"401 without a word", 401, {}, credential},
    {"payment", 402, error_saying("", "", "This request requires more credits"), quota},
    {"forbidden", 403, {}, credential},
    {"country", 403, error_saying("request_forbidden", "unsupported_country_region_territory", "not supported"),
     credential},
    {"403 for a model", 403, error_saying("", "model_not_found", "Project does not have access to model"), model_gone},
    {"403 that is a quota", 403, error_saying("", "insufficient_quota", "x"), quota},
    // 404, 410, 413 and others.
    {"wrong path", 404, error_saying("", "", "404 page not found"), caller_fault},
    {"no such model by code", 404, error_saying("invalid_request_error", "model_not_found", "x"), model_gone},
    {"no such model by words", 404,
     error_saying("", "", "The model `gpt-x` does not exist or you do not have access to it."), model_gone},
    {"Ollama: no such model", 404,
     error_saying("not_found_error", "", "model \"llama\" not found, try pulling it first"), model_gone},
    {"gone", 410, {}, model_gone},
    {"too large for the edge", 413, error_saying("", "", "Request Entity Too Large"), caller_fault},
    {"too large for the model", 413, error_saying("", "request_too_large", "x"), context_overflow},
    {"wrong method", 405, {}, caller_fault},
    {"unheard-of 4xx", 451, {}, caller_fault},
    // 408, 409: of the moment.
    {"request timeout", 408, {}, transient},
    {"conflict", 409, {}, transient},
    // 429: rate, quota, too large.
    {"rate", 429,
     error_saying("tokens", "rate_limit_exceeded",
                  "Rate limit reached for gpt-x on tokens per min (TPM). Please try again in 6s."),
     rate_limit},
    {"429 without a word", 429, {}, rate_limit},
    {"advice to pay is no quota", 429,
     error_saying("requests", "rate_limit_exceeded",
                  "Rate limit reached. Visit https://platform.openai.com/account/billing to add a payment method."),
     rate_limit},
    {"quota by code", 429, error_saying("insufficient_quota", "insufficient_quota", "You exceeded your current quota"),
     quota},
    {"quota by words", 429,
     error_saying("", "", "You exceeded your current quota, please check your plan and billing details."), quota},
    {"tokens per day", 429, error_saying("", "", "Too many tokens per day, please wait before trying again."), quota},
    {"resource exhausted in words", 429, error_saying("", "", "Resource exhausted"), quota},
    {"Gemini daily quota", 429,
     error_saying("RESOURCE_EXHAUSTED", "429", "Resource has been exhausted (e.g. check quota).", 429), quota},
    {"rate code, daily in words", 429,
     error_saying("requests", "rate_limit_exceeded", "Rate limit reached on requests per day (RPD)"), quota},
    {"too large ever to pass", 429,
     error_saying("tokens", "rate_limit_exceeded", "Request too large for gpt-x on tokens per min (TPM)"),
     context_overflow},
    {"429 that is an overload", 429, error_saying("overloaded_error", "", "Overloaded"), overloaded},
    // 5xx.
    {"internal", 500, error_saying("server_error", "", "The server had an error"), transient},
    {"500 without a word", 500, {}, transient},
    {"500 that blames the request by type", 500, error_saying("invalid_request_error", "", "bad tool schema"),
     caller_fault},
    {"500 that blames the request in words", 500,
     error_saying("", "", "litellm.BadRequestError: invalid_request_error: bad schema"), caller_fault},
    {"500 with an unknown parameter", 500, error_saying("", "", "Unknown parameter: 'foo'"), caller_fault},
    {"500 that quotes a parameter", 500, error_saying("", "", "crashed on 'unknown parameter'"), transient},
    {"500 context", 500, error_saying("api_error", "", "the request exceeds the available context size"),
     context_overflow},
    {"500 overloaded in words", 500, error_saying("", "", "model is overloaded"), overloaded},
    {"500 around a 400", 500, error_saying("", "", "bad", 400), caller_fault},
    {"500 around a 429", 500, error_saying("", "", "slow", 429), rate_limit},
    {"bad gateway: it may have run", 502, error_saying("", "", "502 Bad Gateway"), maybe_executed},
    {"bad gateway with the usual type", 502, error_saying("server_error", "", "x"), maybe_executed},
    {"unavailable", 503, {}, overloaded},
    {"slow down", 503, error_saying("server_error", "slow_down", "x"), overloaded},
    {"gateway timeout: it may have run", 504, {}, maybe_executed},
    {"Cloudflare 520", 520, {}, maybe_executed},
    {"Cloudflare 521, no origin", 521, {}, transient},
    {"Cloudflare 524", 524, {}, maybe_executed},
    {"Anthropic 529", 529, error_saying("overloaded_error", "", "Overloaded"), overloaded},
    {"529 without a word", 529, {}, overloaded},
    {"redirect", 307, {}, transient},
    {"no status at all", 0, {}, transient},
    // An envelope in a 200, an error event in a stream.
    {"200 with an overload", 200, error_saying("overloaded_error", "", "Overloaded"), overloaded},
    {"200 with a rate limit by number", 200, error_saying("", "429", "slow down", 429), rate_limit},
    {"200 with a rate limit by code", 200, error_saying("", "rate_limit_exceeded", "x"), rate_limit},
    {"200 with a quota", 200, error_saying("insufficient_quota", "", "x"), quota},
    {"200 with a server error", 200, error_saying("server_error", "", "x"), transient},
    {"200 with a context overflow", 200, error_saying("", "context_length_exceeded", "x"), context_overflow},
    {"200 with an invalid request", 200, error_saying("invalid_request_error", "", "x"), caller_fault},
    {"200 with words only", 200, error_saying("", "", "boom"), invalid_200},
};

TEST(Classify, errors_by_status_code_and_words)
{
    for (const StatusRow& row : status_rows) {
        const Outcome outcome = classify_error(row.status, row.error);
        EXPECT_EQ(spelling(outcome.what), spelling(row.what)) << row.name;
        EXPECT_FALSE(outcome.why.empty()) << row.name;
    }
}

struct ErrorBodyRow {
    const char* name;
    int status;
    const char* body;
    OutcomeClass what;
};

const std::vector<ErrorBodyRow> error_bodies{
    {"plain envelope", 429, R"({"error":{"message":"m","type":"t","param":null,"code":"insufficient_quota"}})", quota},
    {"an array around it", 429,
     R"([{"error":{"code":429,"message":"Too many tokens per day","status":"RESOURCE_EXHAUSTED"}}])", quota},
    {"an error within the message", 500,
     R"({"error":{"message":"OpenAIException - {\"error\":{\"message\":\"x\",\"type\":\"y\",\"code\":\"context_length_exceeded\"}}","type":null,"code":"500"}})",
     context_overflow},
    {"the vendor's words in metadata.raw", 502,
     R"({"error":{"message":"Provider returned error","code":502,"metadata":{"raw":"{\"error\":{\"message\":\"x\",\"code\":\"insufficient_quota\"}}"}}})",
     quota},
    {"HTML", 502, "<html><head><title>502 Bad Gateway</title></head></html>", maybe_executed},
    {"nothing", 503, "", overloaded},
    {"text", 429, "error code: 1015", rate_limit},
    {"detail list", 422, R"({"detail":[{"loc":["body"],"msg":"field required","type":"missing"}]})", caller_fault},
};

TEST(Classify, bodies_of_any_shape)
{
    for (const ErrorBodyRow& row : error_bodies) {
        EXPECT_EQ(spelling(classify_error_body(row.status, row.body).what), spelling(row.what)) << row.name;
    }
}

TEST(Classify, transport_knows_what_may_have_been_executed)
{
    using net::http::Failure;
    using net::http::Phase;
    namespace error = boost::asio::error;
    const Outcome refused = classify_transport(Failure{Phase::connect, error::connection_refused, false});
    EXPECT_EQ(refused.what, transient);
    EXPECT_TRUE(refused.no_connection);
    const Outcome late = classify_transport(Failure{Phase::connect, error::timed_out, false});
    EXPECT_EQ(late.what, timeout);
    EXPECT_EQ(late.timer, Timer::connect);
    EXPECT_TRUE(late.no_connection);
    EXPECT_EQ(classify_transport(Failure{Phase::send, error::connection_reset, false}).what, transient);
    EXPECT_EQ(classify_transport(Failure{Phase::head, error::connection_reset, false}).what, maybe_executed);
    EXPECT_EQ(classify_transport(Failure{Phase::body, error::eof, false}).what, maybe_executed);
    const Outcome dead = classify_transport(Failure{Phase::head, error::connection_reset, true});
    EXPECT_TRUE(dead.dead_pooled);
    EXPECT_EQ(charge_of(dead), Charge::neutral);
}

TEST(Classify, request_shaped_failures_are_neutral_to_health)
{
    for (const OutcomeClass what : {caller_fault, content_filter, context_overflow, client_abort}) {
        Outcome outcome;
        outcome.what = what;
        EXPECT_EQ(charge_of(outcome), Charge::neutral) << spelling(what);
    }
    for (const OutcomeClass what : {invalid_200, empty_turn, malformed_tool, rate_limit, quota, credential, model_gone,
                                    overloaded, transient, timeout, maybe_executed}) {
        Outcome outcome;
        outcome.what = what;
        EXPECT_EQ(charge_of(outcome), Charge::failure) << spelling(what);
    }
    EXPECT_EQ(charge_of(Outcome{}), Charge::success);
}

}  // namespace
}  // namespace chaos::router
