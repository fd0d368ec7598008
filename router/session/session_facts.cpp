// One look at the roles and the texts of a request's messages.
#include "router/session/session_facts.hpp"

#include <simdjson.h>

#include <algorithm>

#include "net/chance.hpp"

namespace chaos::router {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

std::string_view session_text(simdjson::simdjson_result<element> value)
{
    std::string_view text;
    return value.get(text) ? std::string_view() : text;
}

/// What a message says: its text, or its parts one by one. What carries a tool's result says nothing.
struct Said {
    std::uint64_t hash = 0;
    bool anything = false;
};

void hear(Said& said, std::string_view text)
{
    said.hash = net::stable_hash(text, said.hash + 1);
    said.anything = true;
}

Said what_is_said(const element& content)
{
    Said said;
    std::string_view text;
    if (!content.get(text)) {
        hear(said, text);
        return said;
    }
    array parts;
    if (content.get(parts)) return said;
    for (const element part : parts) {
        if (session_text(part["type"]) == "tool_result") continue;
        hear(said, session_text(part["text"]));
    }
    return said;
}

class SessionScan {
public:
    void system(const element& content)
    {
        if (facts_.user_turns == 0) opening_ = net::stable_hash("system", opening_ ^ what_is_said(content).hash);
    }

    void user(const element& content)
    {
        const Said said = what_is_said(content);
        if (!said.anything) return;
        if (facts_.user_turns == 0) facts_.opening = net::stable_hash("user", opening_ ^ said.hash);
        facts_.last_turn = said.hash;
        ++facts_.user_turns;
    }

    void message(const element& message)
    {
        const std::string_view role = session_text(message["role"]);
        element content;
        if (message["content"].get(content)) return;
        if (role == "system" || role == "developer") system(content);
        if (role == "user") user(content);
    }

    std::optional<SessionFacts> result() const { return facts_.user_turns == 0 ? std::nullopt : std::optional(facts_); }

private:
    SessionFacts facts_;
    std::uint64_t opening_ = 0;
};

}  // namespace

struct SessionFactsReader::Parser {
    simdjson::dom::parser parser;
};

SessionFactsReader::SessionFactsReader() : parser_(std::make_unique<Parser>()) {}

SessionFactsReader::~SessionFactsReader() = default;

/// Chat Completions and Messages have `messages`, and Messages a `system` beside them; Responses has `instructions` and
/// an `input` that is one text or a list.
std::optional<SessionFacts> SessionFactsReader::read(std::string_view body)
{
    constexpr std::size_t deepest = 64;
    simdjson::dom::parser& parser = parser_->parser;
    const std::size_t room = std::max<std::size_t>(body.size(), 16 * 1024);
    if (parser.capacity() < body.size() && parser.allocate(room, deepest)) return std::nullopt;
    object request;
    if (parser.parse(body.data(), body.size()).get(request)) return std::nullopt;
    SessionScan scan;
    element value;
    for (const char* name : {"system", "instructions"}) {
        if (!request[name].get(value)) scan.system(value);
    }
    for (const char* name : {"messages", "input"}) {
        if (request[name].get(value)) continue;
        array messages;
        if (!value.get(messages)) {
            for (const element message : messages) scan.message(message);
        } else if (value.is_string()) {
            scan.user(value);
        }
    }
    return scan.result();
}

}  // namespace chaos::router
