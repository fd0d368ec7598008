// No secret survives redaction, and nothing else is lost.
#include "router/redact.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace chaos::router {
namespace {

struct SecretRow {
    const char* text;
    const char* clean;
};

TEST(Redact, strikes_out_known_and_key_shaped_text)
{
    const Redactor redactor({"topsecret", "topsecret-longer", ""});
    const std::vector<SecretRow> rows{
        {"", ""},
        {"nothing here", "nothing here"},
        {"key topsecret, again topsecret", "key [redacted], again [redacted]"},
        {"xtopsecretx", "x[redacted]x"},
        {"topsecret-longer", "[redacted]"},
        {"Incorrect API key provided: sk-ab***yz. You can", "Incorrect API key provided: [redacted] You can"},
        {"a risk-averse task-7 is kept", "a risk-averse task-7 is kept"},
        {"Authorization: Bearer abc.def-123", "Authorization: Bearer [redacted]"},
        {"the bearer of bad news", "the bearer of bad news"},
        {"http://x/y?key=AIza12345&z=1", "http://x/y?key=[redacted]&z=1"},
        {"monkey=business7", "monkey=business7"},
        {"SK-ABCD1", "[redacted]"},
        {"sK-abcd1 and BEARER 123456 and Api_Key=x and API-key=y", "[redacted] and BEARER [redacted] and Api_Key=[redacted] and API-key=[redacted]"},
        {"-k =y r ", "-k =y r "},
        {"chatcmpl-8f3a-11 gpt-4o stop", "chatcmpl-8f3a-11 gpt-4o stop"},
        {"sk-abc", "sk-abc"},
        {"sk-abcd", "[redacted]"},
        {"topsecre", "topsecre"},
        {"topsecret", "[redacted]"},
    };
    for (const SecretRow& row : rows) {
        EXPECT_EQ(redactor.clean(row.text), row.clean) << row.text;
        std::string text = row.text;
        redactor.clean_up(text);
        EXPECT_EQ(text, row.clean) << row.text;
    }
}

}  // namespace
}  // namespace chaos::router
