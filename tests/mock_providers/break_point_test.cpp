// Where a stream breaks: a torn character is one, whatever came before the text.
#include "mock_providers/break_point.hpp"

#include "mock_providers/faults/deed.hpp"
#include "mock_providers/written.hpp"
#include "tests/mock_providers/stage.hpp"

namespace chaos::mock_providers {
namespace {

using namespace testing;

struct BreakPlace {
    const char* dialect;
    const char* path;
};

Script thoughtful(const BreakPlace& place)
{
    Script script;
    script.dialect = find_dialect(place.dialect);
    net::http::RequestHead head;
    head.method = "POST";
    head.target = place.path;
    script.api = script.dialect->api_for(head);
    script.answer.id = "answer-1";
    script.answer.model = "m";
    script.answer.reasoning = "One step at a time.";
    script.answer.text = "one two three four";
    script.answer.finish = wire::FinishReason::stop;
    script.answer.usage = wire::Usage{9, 9};
    script.stream = true;
    return script;
}

/// What goes out of the event in which the stream breaks.
std::string torn(const Script& script)
{
    const std::vector<Piece> pieces = pieces_of(script);
    const auto writer = script.api->stream_writer(script.answer, script.include_usage);
    const BreakPoint stop = break_point(script, pieces).value();
    std::string event;
    for (std::size_t n = 0; n <= stop.piece; ++n) {
        event.clear();
        write_piece(event, pieces[n], *writer, script);
    }
    return std::string(part_of(event, stop.part));
}

TEST(BreakPoint, inside_a_character_is_inside_one_also_behind_reasoning)
{
    for (const BreakPlace& place : {BreakPlace{"openai", "/v1/chat/completions"}, BreakPlace{"openai", "/v1/responses"},
                                    BreakPlace{"anthropic", "/v1/messages"}, BreakPlace{"ollama", "/api/chat"}}) {
        for (int after = 0; after < 12; ++after) {
            Script script = thoughtful(place);
            const std::string fault = fmt::format("{{cut: {{inside: code_point, after_tokens: {}}}}}", after);
            faults::inject(read_faults({"{target: primary, inject: " + fault + "}"}).front().parameters, script,
                           net::never);
            EXPECT_TRUE(torn(script).ends_with("\xE2")) << place.path << " after " << after << ": " << torn(script);
        }
    }
}

}  // namespace
}  // namespace chaos::mock_providers
