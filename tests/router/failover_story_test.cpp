// Stories of the whole router in simulation: what providers do, and what the caller gets.
#include "tests/router/world.hpp"

namespace chaos::router {
namespace {

TEST(RouterStory, a_healthy_provider_answers)
{
    World world;
    ScriptedUpstream& primary = world.provider("primary", {answer("hello")});
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(plain); });
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, text_body("hello"));
    EXPECT_EQ(reply.header("x-chaos-served-by"), "primary");
    EXPECT_EQ(reply.header("x-chaos-attempts"), "1");
    EXPECT_FALSE(reply.headers.contains("x-chaos-degraded"));
    ASSERT_EQ(primary.asked().size(), 1U);
    EXPECT_EQ(primary.asked()[0]->head.target, "/v1/chat/completions");
}

}  // namespace
}  // namespace chaos::router
