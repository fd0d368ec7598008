// What no client should send, at every API: each vendor's own error comes back, in both worlds.
#include "tests/mock_providers/stage.hpp"

namespace chaos::mock_providers {
namespace {

using namespace testing;

/// An API as its clients know it.
struct ApiDoor {
    const char* name;
    const char* dialect;
    const char* path;
    const char* headers;   ///< what a request needs
    const char* envelope;  ///< how an error in JSON begins
};

constexpr ApiDoor api_doors[] = {
    {"chat completions", "openai", "/v1/chat/completions", "", R"({"error":{"message":")"},
    {"responses", "openai", "/v1/responses", "", R"({"error":{"message":")"},
    {"messages", "anthropic", "/v1/messages", "x-api-key: k\r\nanthropic-version: 2023-06-01\r\n",
     R"({"type":"error","error":{"type":")"},
    {"ollama", "ollama", "/api/chat", "", R"({"error":")"},
    {"ollama's chat completions", "ollama", "/v1/chat/completions", "", R"({"error":{"message":")"},
    {"gemini", "gemini", "/v1beta/models/m:generateContent", "x-goog-api-key: k\r\n", R"({"error":{"code":)"},
};

/// A mistake, the status it is answered with, and the words of the vendor: in the order of the doors. A beginning that
/// is no JSON stands for a page of the vendor's front end.
struct Mistake {
    const char* name;
    Ask (*make)(const ApiDoor& door);
    struct Answer {
        int status;
        const char* words;
        const char* beginning = nullptr;  ///< of the body, if it is not the door's envelope
    } answers[6];
};

Ask door_ask(const ApiDoor& door, std::string body)
{
    Ask ask;
    ask.path = door.path;
    ask.extra_headers = door.headers;
    ask.body = std::move(body);
    return ask;
}

/// A head that ends no_page, or that promises more than it should.
Ask of_raw_bytes(std::string bytes)
{
    Ask ask;
    ask.raw = std::move(bytes);
    return ask;
}

Ask post_head(const ApiDoor& door, std::string headers)
{
    return of_raw_bytes(fmt::format("POST {} HTTP/1.1\r\nhost: mock\r\ncontent-type: application/json\r\n{}{}\r\n",
                                    door.path, door.headers, headers));
}

Ask to_unknown_model(const ApiDoor& door)
{
    Ask ask = door_ask(door, R"({"model":"nobody","max_tokens":9,"messages":[{"role":"user","content":"a"}]})");
    if (std::string_view(door.name) == "responses") ask.body = R"({"model":"nobody","input":"a"})";
    if (std::string_view(door.name) == "gemini") {
        ask.path = "/v1beta/models/nobody:generateContent";
        ask.body = R"({"contents":[{"role":"user","parts":[{"text":"a"}]}]})";
    }
    return ask;
}

Ask door_ask_at(const ApiDoor& door, const char* method, const char* path)
{
    Ask ask = door_ask(door, "");
    ask.method = method;
    ask.path = path;
    return ask;
}

constexpr const char* no_page = "404 page not found";
constexpr const char* front_end_page = "<!DOCTYPE html>";

const std::vector<Mistake>& mistakes()
{
    static const std::vector<Mistake> rows = {
        {"no JSON",
         [](const ApiDoor& door) { return door_ask(door, "{not JSON"); },
         {{400, "could not parse"},
          {400, "could not parse"},
          {400, "invalid_request_error"},
          {400, ""},
          {400, "invalid_request_error"},
          {400, "Invalid JSON payload received"}}},
        {"JSON of a depth that nobody means",
         [](const ApiDoor& door) { return door_ask(door, std::string(100'000, '[')); },
         {{400, "invalid_request_error"},
          {400, "invalid_request_error"},
          {400, "invalid_request_error"},
          {400, ""},
          {400, "invalid_request_error"},
          {400, "INVALID_ARGUMENT"}}},
        {"a list in place of a request",
         [](const ApiDoor& door) { return door_ask(door, "[1,2]"); },
         {{400, "invalid_request_error"},
          {400, "invalid_request_error"},
          {400, "invalid_request_error"},
          {400, ""},
          {400, "invalid_request_error"},
          {400, "INVALID_ARGUMENT"}}},
        {"an unknown model",
         &to_unknown_model,
         {{404, "model_not_found"},
          {404, "model_not_found"},
          {404, "not_found_error"},
          {404, "not found"},
          {404, "not_found_error"},
          {404, "NOT_FOUND"}}},
        {"an unknown endpoint",
         [](const ApiDoor& door) { return door_ask_at(door, "POST", "/v7/nothing"); },
         {{404, "Unknown request URL: POST /v7/nothing"},
          {404, "Unknown request URL: POST /v7/nothing"},
          {404, "not_found_error"},
          {404, "", no_page},
          {404, "", no_page},
          {404, "Error 404", front_end_page}}},
        {"a wrong method",
         [](const ApiDoor& door) { return door_ask_at(door, "PATCH", door.path); },
         {{405, "not allowed"},
          {405, "not allowed"},
          {405, "invalid_request_error"},
          {405, "", "405 method not allowed"},
          {405, "", "405 method not allowed"},
          {404, "Error 404", front_end_page}}},
        {"a line that is no HTTP",
         [](const ApiDoor&) { return of_raw_bytes("\x16\x03\x01\x02 hello?\r\n\r\n"); },
         {{400, "invalid_request_error"},
          {400, "invalid_request_error"},
          {400, "invalid_request_error"},
          {400, ""},
          {400, "", R"({"error":")"},
          {400, "INVALID_ARGUMENT"}}},
        {"a header that is none",
         [](const ApiDoor& door) { return post_head(door, "content-length: 2\r\nno colon here\r\n"); },
         {{400, "invalid_request_error"},
          {400, "invalid_request_error"},
          {400, "invalid_request_error"},
          {400, ""},
          {400, "", R"({"error":")"},
          {400, "INVALID_ARGUMENT"}}},
        {"two lengths that disagree",
         [](const ApiDoor& door) { return post_head(door, "content-length: 2\r\ncontent-length: 3\r\n"); },
         {{400, "invalid_request_error"},
          {400, "invalid_request_error"},
          {400, "invalid_request_error"},
          {400, ""},
          {400, "", R"({"error":")"},
          {400, "INVALID_ARGUMENT"}}},
        {"a head without end",
         [](const ApiDoor& door) { return post_head(door, "x-much: " + std::string(70'000, 'x') + "\r\n"); },
         {{431, "error"}, {431, "error"}, {431, "error"}, {431, ""}, {431, "", R"({"error":")"}, {431, "error"}}},
        {"a body that is too large",
         [](const ApiDoor& door) { return post_head(door, "content-length: 99999999999\r\n"); },
         {{413, "error"},
          {413, "error"},
          {413, "request_too_large"},
          {413, ""},
          {413, "", R"({"error":")"},
          {413, "error"}}},
    };
    return rows;
}

ProviderSpec door_provider(const ApiDoor& door)
{
    ProviderSpec spec = primary();
    spec.dialect = door.dialect;
    spec.model = "m";
    return spec;
}

template <class World>
class BadInput : public ::testing::Test {
protected:
    World world_;
};
TYPED_TEST_SUITE(BadInput, BothWorlds, WorldNames);

TYPED_TEST(BadInput, is_answered_in_the_words_of_the_vendor)
{
    for (const Mistake& mistake : mistakes()) {
        for (std::size_t n = 0; n < std::size(api_doors); ++n) {
            const ApiDoor& door = api_doors[n];
            const Mistake::Answer& expected = mistake.answers[n];
            const std::string name = fmt::format("{} at {}", mistake.name, door.name);
            const Told told = tell(this->world_.runtime, {}, {mistake.make(door)}, door_provider(door));
            const Heard& heard = told.heard.at(0);
            EXPECT_EQ(heard.status, expected.status) << name << "\n" << heard.bytes;
            EXPECT_TRUE(heard.whole) << name;
            EXPECT_EQ(heard.ending, "FIN") << name;
            EXPECT_TRUE(heard.body.starts_with(expected.beginning ? expected.beginning : door.envelope)) << name << "\n"
                                                                                                         << heard.body;
            EXPECT_NE(heard.body.find(expected.words), std::string::npos) << name << "\n" << heard.body;
            EXPECT_EQ(
                std::count_if(told.notes.begin(), told.notes.end(),
                              [](const std::string& note) { return note.find("#1 speaks") != std::string::npos; }),
                0)
                << name << ": nothing was said";
        }
    }
}

struct Keyless {
    const ApiDoor& door;
    int status;
    const char* words;
};

TYPED_TEST(BadInput, without_a_key_is_refused_where_the_vendor_wants_one)
{
    const Keyless rows[] = {{api_doors[2], 401, "authentication_error"}, {api_doors[5], 403, "PERMISSION_DENIED"}};
    for (const Keyless& row : rows) {
        Ask ask = to_unknown_model(row.door);
        ask.extra_headers.clear();
        const Heard heard = tell(this->world_.runtime, {}, {ask}, door_provider(row.door)).heard.at(0);
        EXPECT_EQ(heard.status, row.status) << row.door.name;
        EXPECT_TRUE(heard.body.starts_with(row.door.envelope)) << heard.body;
        EXPECT_NE(heard.body.find(row.words), std::string::npos) << heard.body;
    }
}

}  // namespace
}  // namespace chaos::mock_providers
