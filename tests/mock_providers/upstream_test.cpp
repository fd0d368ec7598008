// A provider in front of a real endpoint, and in front of a recording of one: what goes on, what comes back, what is kept,
// and what faults make of it, in both worlds.
#include "mock_providers/upstream.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "mock_providers/faults/scope.hpp"
#include "mock_providers/read_spec.hpp"
#include "mock_providers/recording.hpp"
#include "net/http/server.hpp"
#include "tests/mock_providers/stage.hpp"

namespace chaos::mock_providers {
namespace {

using namespace testing;
using net::Task;
using net::http::ServerExchange;

/// A stranger's server in the endpoint's place.
struct Endpoint {
    using Manner = Task<void> (*)(Endpoint& self, ServerExchange& exchange);

    Endpoint(net::Runtime& runtime, Manner its_manner)
        : world(runtime), manner(its_manner), server(runtime, net::testing::listen(runtime), {}, [this](ServerExchange& exchange) {
              requests.push_back(exchange.request());
              return manner(*this, exchange);
          })
    {
    }

    net::Runtime& world;
    Manner manner;
    std::vector<net::http::Request> requests;
    bool left = false;  ///< a client left in the middle of an answer
    net::http::Server server;
};

Task<void> answer_whole(Endpoint& self, ServerExchange& exchange)
{
    net::http::Response response;
    response.head.headers = {{"content-type", "application/json"},
                             {"x-request-id", "req-1"},
                             {"set-cookie", "session=account-of-mine"},
                             {"retry-after", "7"}};
    response.body = fmt::format(R"({{"nth":{}}})", self.requests.size());
    const net::Error error = co_await exchange.respond(std::move(response));
    EXPECT_FALSE(error);
}

constexpr std::string_view four_events[] = {"data: {\"a\":\"\xE2\x82\xAC\"}\n\n", "data: {\"b\":2}\r\n\r\n",
                                            "event: x\ndata: {\"c\":3}\n\n", "data: [DONE]\n\n"};

std::string all_events()
{
    std::string all;
    for (const std::string_view event : four_events) all += event;
    return all;
}

/// Each event a little later than the one before, as long as somebody listens.
Task<void> answer_streamed(Endpoint& self, ServerExchange& exchange)
{
    net::http::ResponseHead head;
    head.headers = {{"content-type", "text/event-stream"}};
    const net::Error started = co_await exchange.start(std::move(head));
    EXPECT_FALSE(started);
    for (const std::string_view event : four_events) {
        co_await net::sleep_for(self.world.clock(), milliseconds(3));
        const net::Error error = co_await exchange.send(event);
        if (error) co_return;
    }
    const net::Error finished = co_await exchange.finish();
    EXPECT_FALSE(finished);
}

Task<void> answer_once_then_nothing(Endpoint& self, ServerExchange& exchange)
{
    net::http::ResponseHead head;
    head.headers = {{"content-type", "text/event-stream"}};
    const net::Error started = co_await exchange.start(std::move(head));
    EXPECT_FALSE(started);
    const net::Error sent = co_await exchange.send(four_events[0]);
    EXPECT_FALSE(sent);
    co_await exchange.until_client_gone();
    self.left = true;
}

Task<void> break_off(Endpoint&, ServerExchange& exchange)
{
    net::http::ResponseHead head;
    head.headers = {{"content-type", "text/event-stream"}};
    const net::Error started = co_await exchange.start(std::move(head));
    EXPECT_FALSE(started);
    const net::Error sent = co_await exchange.send(four_events[0]);
    EXPECT_FALSE(sent);
    co_await exchange.drained();
    exchange.close(net::Close::reset);
}

Task<void> repeat_the_key(Endpoint&, ServerExchange& exchange)
{
    net::http::Response response;
    response.head.status = 401;
    response.head.headers = {{"content-type", "application/json"}};
    response.body = R"({"error":{"message":"wrong key: sk-secret-0001"}})";
    const net::Error error = co_await exchange.respond(std::move(response));
    EXPECT_FALSE(error);
}

/// A file that goes with the test.
struct TemporaryFile {
    TemporaryFile() : path((std::filesystem::temp_directory_path() / fmt::format("chaos-recording-{}.jsonl", static_cast<const void*>(this))).string()) {}
    ~TemporaryFile() { std::filesystem::remove(path); }
    std::string text() const
    {
        std::ifstream in(path, std::ios::binary);
        std::ostringstream all;
        all << in.rdbuf();
        return all.str();
    }
    std::string path;
};

ProviderSpec in_front_of(const net::Endpoint& endpoint, const std::string& path = "/v1")
{
    ProviderSpec spec = primary();
    spec.upstream = *net::http::parse_url("http://" + net::to_string(endpoint) + path);
    return spec;
}

Task<void> with_endpoint(net::Runtime& world, Endpoint& endpoint, Task<void> story)
{
    net::TaskGroup serving(world.executor());
    serving.spawn(endpoint.server.serve());
    co_await std::move(story);
    endpoint.server.stop();
    co_await serving.join();
}

Told tell_behind(net::Runtime& world, Endpoint& endpoint, const ProviderSpec& spec, const std::vector<std::string>& faults,
                 std::vector<Ask> asks)
{
    Notebook notebook;
    Provider provider(world, spec, read_faults(faults), net::Chance(1), some_task().run, notebook);
    Told told;
    world.run(with_endpoint(world, endpoint, ask_all(world, provider, std::move(asks), notebook, told.heard)));
    told.notes = notebook.lines;
    return told;
}

Told tell_replayed(net::Runtime& world, const std::string& file, ReplayPace pace, std::vector<Ask> asks)
{
    ProviderSpec spec = primary();
    spec.replay = ReplaySpec{file, pace};
    return tell(world, {}, std::move(asks), spec);
}

constexpr const char* streamed_body = R"({"model":"gpt-4o","stream":true,"messages":[{"role":"user","content":"hi"}]})";
constexpr const char* whole_body = R"({"model":"gpt-4o","messages":[{"role":"user","content":"hi"}]})";

template <class World>
class BehindProvider : public ::testing::Test {
protected:
    net::Runtime& world() { return world_.runtime; }
    /// One story about one endpoint.
    Told tell_of(Endpoint::Manner manner, const std::vector<std::string>& faults, std::vector<Ask> asks)
    {
        Endpoint endpoint(world(), manner);
        Told told = tell_behind(world(), endpoint, in_front_of(endpoint.server.endpoint()), faults, std::move(asks));
        requests_ = endpoint.requests;
        left_ = endpoint.left;
        return told;
    }

    World world_;
    std::vector<net::http::Request> requests_;  ///< the endpoint received
    bool left_ = false;
};
TYPED_TEST_SUITE(BehindProvider, BothWorlds, WorldNames);

TYPED_TEST(BehindProvider, passes_a_whole_answer_on_as_it_is)
{
    const Told told = this->tell_of(&answer_whole, {}, {post(whole_body)});
    const Heard& heard = told.heard.at(0);
    EXPECT_EQ(heard.status, 200);
    EXPECT_EQ(heard.body, R"({"nth":1})");
    EXPECT_TRUE(heard.whole);
    EXPECT_EQ(heard.headers.find("content-length"), "9");
    EXPECT_EQ(heard.headers.find("x-request-id"), "req-1") << "the endpoint's own";
    EXPECT_EQ(heard.headers.find("retry-after"), "7");
    EXPECT_TRUE(told.noted("primary#1 ended: 200 complete 2"));
}

TYPED_TEST(BehindProvider, passes_a_stream_on_as_it_comes)
{
    const Told told = this->tell_of(&answer_streamed, {}, {post(streamed_body)});
    EXPECT_EQ(told.heard.at(0).body, all_events());
    EXPECT_TRUE(told.heard.at(0).whole);
    EXPECT_LT(told.heard.at(0).first_byte, told.heard.at(0).took) << "not all at the end";
    EXPECT_TRUE(told.noted("primary#1 received:  step 0 try 1 streamed")) << fmt::to_string(fmt::join(told.notes, "\n"));
    EXPECT_TRUE(told.noted("primary#1 speaks"));
    EXPECT_TRUE(told.noted("primary#1 ended: 200 complete 4")) << "events";
}

TYPED_TEST(BehindProvider, sends_the_request_on_with_its_key_and_without_what_is_of_one_hop)
{
    Ask ask = post(whole_body);
    ask.path = "/v1/chat/completions?api-version=1";
    ask.extra_headers = "authorization: Bearer sk-secret-0001\r\nx-custom: kept\r\nte: trailers\r\n";
    this->tell_of(&answer_whole, {}, {ask});
    ASSERT_EQ(this->requests_.size(), 1U);
    const net::http::Request& request = this->requests_[0];
    EXPECT_EQ(request.head.target, "/v1/chat/completions?api-version=1");
    EXPECT_EQ(request.body, whole_body);
    EXPECT_EQ(request.head.headers.find("authorization"), "Bearer sk-secret-0001");
    EXPECT_EQ(request.head.headers.find("x-custom"), "kept");
    EXPECT_TRUE(std::string(request.head.headers.find("host").value_or("")).starts_with("127.0.0.1:"));
    EXPECT_FALSE(request.head.headers.contains("te"));
    EXPECT_FALSE(request.head.headers.lists("connection", "close")) << "that was about the client's own connection";
    EXPECT_EQ(request.head.headers.find("accept-encoding"), "identity");
}

TYPED_TEST(BehindProvider, passes_on_what_is_no_request_for_an_answer)
{
    Ask ask;
    ask.method = "GET";
    ask.path = "/v1/models";
    const Told told = this->tell_of(&answer_whole, {"{target: primary, inject: {status: {code: 500}}}"}, {ask});
    EXPECT_EQ(told.heard.at(0).body, R"({"nth":1})");
    EXPECT_TRUE(told.notes.empty()) << "no attempt, and no fault";
}

TYPED_TEST(BehindProvider, passes_on_what_only_the_endpoint_can_read)
{
    const Told told = this->tell_of(&answer_whole, {}, {post("{\"messages\": 7}")});
    EXPECT_EQ(told.heard.at(0).status, 200);
    EXPECT_EQ(this->requests_.at(0).body, "{\"messages\": 7}");
}

TYPED_TEST(BehindProvider, passes_errors_on_with_their_status)
{
    const Told told = this->tell_of(&repeat_the_key, {}, {post(whole_body)});
    EXPECT_EQ(told.heard.at(0).status, 401);
    EXPECT_TRUE(told.noted("primary#1 ended: 401 complete 0"));
    EXPECT_FALSE(told.noted("primary#1 speaks"));
}

TYPED_TEST(BehindProvider, a_fault_in_place_of_the_answer_never_reaches_the_endpoint)
{
    const Told told = this->tell_of(&answer_whole, {"{target: primary, requests: 1, inject: {rate_limit: {retry_after: 2s}}}"},
                                    {post(whole_body), post(whole_body)});
    EXPECT_EQ(told.heard.at(0).status, 429);
    EXPECT_EQ(wire::openai_chat::read_error(429, told.heard[0].body).code, "rate_limit_exceeded");
    EXPECT_EQ(told.heard.at(1).body, R"({"nth":1})");
    EXPECT_EQ(this->requests_.size(), 1U);
    EXPECT_TRUE(told.rest_of("rate_limit delivered to primary#1: ").starts_with("HTTP 429"));
}

TYPED_TEST(BehindProvider, cuts_a_stream_after_so_many_events)
{
    for (const char* end : {"fin", "reset", "clean"}) {
        const Told told = this->tell_of(&answer_streamed, {fmt::format("{{target: primary, inject: {{cut: {{after_tokens: 2, end: {}}}}}}}", end)},
                                        {post(streamed_body)});
        const Heard& heard = told.heard.at(0);
        EXPECT_EQ(heard.body, std::string(four_events[0]) + std::string(four_events[1])) << end;
        EXPECT_EQ(heard.whole, end == std::string_view("clean")) << end;
        EXPECT_TRUE(told.rest_of("cut delivered to primary#1: ").starts_with("HTTP 200, 2 tokens (")) << end;
    }
}

TYPED_TEST(BehindProvider, cuts_a_whole_answer_after_so_many_bytes)
{
    const Told told = this->tell_of(&answer_whole, {"{target: primary, inject: {cut: {after_tokens: 1, end: fin}}}"},
                                    {kept_alive(post(whole_body))});
    EXPECT_EQ(told.heard.at(0).body, R"({"nt)");
    EXPECT_EQ(told.heard.at(0).headers.find("content-length"), "9");
    EXPECT_FALSE(told.heard.at(0).whole);
}

TYPED_TEST(BehindProvider, holds_an_answer_back)
{
    const Told told = this->tell_of(&answer_streamed, {"{target: primary, inject: {slow: {first_token: 60ms, between_tokens: 10ms}}}"},
                                    {post(streamed_body)});
    EXPECT_EQ(told.heard.at(0).body, all_events());
    EXPECT_GE(told.heard.at(0).first_byte, milliseconds(60));
    EXPECT_GE(told.heard.at(0).took, milliseconds(90));
    EXPECT_TRUE(told.rest_of("slow delivered to primary#1: ").starts_with("first token after "));
}

TYPED_TEST(BehindProvider, a_silence_that_is_released_loses_nothing)
{
    for (const char* fault : {"{blackhole: {at: request}}", "{blackhole: {at: mid_stream, after_tokens: 1}}", "{cut: {after_tokens: 1, end: silence}}"}) {
        const Told told = this->tell_of(&answer_streamed, {fmt::format("{{target: primary, until: 300ms, inject: {}}}", fault)},
                                        {post(streamed_body)});
        EXPECT_EQ(told.heard.at(0).body, all_events()) << fault;
        EXPECT_TRUE(told.heard.at(0).whole) << fault;
        EXPECT_GE(told.heard.at(0).took, milliseconds(100)) << fault << ": it began after the window had";
    }
}

TYPED_TEST(BehindProvider, leaves_the_endpoint_when_its_client_leaves)
{
    const Told told = this->tell_of(&answer_once_then_nothing, {}, {briefly(post(streamed_body))});
    EXPECT_EQ(told.heard.at(0).ending, "silence");
    EXPECT_TRUE(told.noted("primary#1 ended: 200 client_left 1"));
    EXPECT_TRUE(this->left_);
}

TYPED_TEST(BehindProvider, breaks_off_where_the_endpoint_does)
{
    const Told told = this->tell_of(&break_off, {}, {kept_alive(post(streamed_body))});
    EXPECT_EQ(told.heard.at(0).body, four_events[0]);
    EXPECT_EQ(told.heard.at(0).ending, "RST");
    EXPECT_TRUE(told.noted("primary#1: upstream broke off: Connection reset by peer"))
        << fmt::to_string(fmt::join(told.notes, "\n"));
    EXPECT_TRUE(told.noted("primary#1 ended: 200 cut_reset 1"));
}

TYPED_TEST(BehindProvider, says_in_the_vendors_words_that_nobody_is_there)
{
    const net::Endpoint nowhere = net::testing::left_alone(this->world());
    for (const char* dialect : {"openai", "anthropic"}) {
        ProviderSpec spec = in_front_of(nowhere);
        spec.dialect = dialect;
        Ask ask = post(R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}]})");
        if (dialect == std::string_view("anthropic")) ask.path = "/v1/messages";
        const Told told = tell(this->world(), {}, {ask}, spec);
        EXPECT_EQ(told.heard.at(0).status, 502) << dialect;
        EXPECT_NE(told.heard[0].body.find("The endpoint behind this provider could not be reached: Connection refused."),
                  std::string::npos)
            << told.heard[0].body;
        EXPECT_TRUE(told.noted("primary#1: upstream could not be reached: Connection refused"));
        EXPECT_TRUE(told.noted("primary#1 ended: 502 complete 0"));
    }
}

TYPED_TEST(BehindProvider, stands_in_front_of_another_mock)
{
    Notebook behind;
    ProviderSpec real = primary();
    real.name = "real";
    Provider provider(this->world(), real, {}, net::Chance(1), some_task().run, behind);
    Notebook notebook;
    Provider proxy(this->world(), in_front_of(provider.endpoint()), {}, net::Chance(1), some_task().run, notebook);
    std::vector<Heard> heard;
    const auto story = [](net::Runtime& world, Provider& real_one, Provider& in_front, Notebook& notes, std::vector<Heard>& told) -> Task<void> {
        net::TaskGroup serving(world.executor());
        serving.spawn(real_one.serve());
        std::vector<Ask> asks = {post(chat_body(0, true)), post(chat_body(3, false))};
        co_await ask_all(world, in_front, std::move(asks), notes, told);
        real_one.stop();
        co_await serving.join();
    };
    this->world().run(story(this->world(), provider, proxy, notebook, heard));
    EXPECT_TRUE(heard.at(0).body.ends_with("data: [DONE]\n\n"));
    EXPECT_TRUE(wire::openai_chat::read_answer(heard.at(1).body));
    EXPECT_EQ(notebook.lines.at(0), fmt::format("primary#1 received: {} step 1 try 1 streamed", some_task().task)) << "as any attempt";
}

TYPED_TEST(BehindProvider, is_recorded_and_replayed_byte_for_byte)
{
    for (const bool stream : {true, false}) {
        TemporaryFile tape;
        Endpoint endpoint(this->world(), stream ? &answer_streamed : &answer_whole);
        ProviderSpec spec = in_front_of(endpoint.server.endpoint());
        spec.record = tape.path;
        const Ask ask = post(stream ? streamed_body : whole_body);
        const Told told = tell_behind(this->world(), endpoint, spec, {}, {ask, ask});
        for (const ReplayPace pace : {ReplayPace::recorded, ReplayPace::none}) {
            const Told again = tell_replayed(this->world(), tape.path, pace, {ask, ask, ask});
            EXPECT_EQ(again.heard.at(0).body, told.heard.at(0).body);
            EXPECT_EQ(again.heard.at(1).body, told.heard.at(1).body) << "the second equal request gets the second";
            EXPECT_EQ(again.heard.at(2).body, told.heard.at(1).body) << "the last repeats";
            EXPECT_EQ(again.heard.at(0).status, 200);
            EXPECT_TRUE(again.heard.at(0).whole);
            EXPECT_EQ(again.heard.at(0).headers.find("content-type"), told.heard.at(0).headers.find("content-type"));
            const bool at_its_pace = stream && pace == ReplayPace::recorded;
            EXPECT_GE(again.heard.at(0).took, milliseconds(at_its_pace ? 11 : 0));
        }
    }
}

/// As the SDKs do: the connection is left at the last event, before the end of the body.
Task<void> leave_at_the_last_event(net::Runtime& world, Endpoint& endpoint, Provider& provider, Notebook& notebook)
{
    net::TaskGroup serving(world.executor());
    net::Condition ended;
    notebook.ended = [&ended] { ended.notify_all(); };
    serving.spawn(endpoint.server.serve());
    serving.spawn(provider.serve());
    auto stream = co_await world.network().connect(provider.endpoint(), net::never);
    const Ask ask = kept_alive(post(streamed_body));
    const std::string bytes = bytes_of(ask);
    const net::Error error = co_await (*stream)->write(bytes);
    EXPECT_FALSE(error);
    std::string heard;
    while (heard.find("[DONE]") == std::string::npos) {
        const std::string piece = co_await net::testing::read(**stream);
        heard += piece;
    }
    (*stream)->close(net::Close::reset);
    while (notebook.under_way > 0) co_await ended.wait();
    provider.stop();
    endpoint.server.stop();
    co_await serving.join();
    notebook.ended = nullptr;
}

/// The body ends a little after its last event.
Task<void> answer_with_a_late_end(Endpoint& self, ServerExchange& exchange)
{
    net::http::ResponseHead head;
    head.headers = {{"content-type", "text/event-stream"}};
    const net::Error started = co_await exchange.start(std::move(head));
    EXPECT_FALSE(started);
    const std::string events = all_events();
    const net::Error sent = co_await exchange.send(events);
    EXPECT_FALSE(sent);
    co_await net::sleep_for(self.world.clock(), milliseconds(30));
    const net::Error finished = co_await exchange.finish();
    EXPECT_FALSE(finished);
}

TYPED_TEST(BehindProvider, is_recorded_though_the_client_leaves_at_the_last_event)
{
    TemporaryFile tape;
    Endpoint endpoint(this->world(), &answer_with_a_late_end);
    ProviderSpec spec = in_front_of(endpoint.server.endpoint());
    spec.record = tape.path;
    Notebook notebook;
    Provider provider(this->world(), spec, {}, net::Chance(1), some_task().run, notebook);
    this->world().run(leave_at_the_last_event(this->world(), endpoint, provider, notebook));
    const Told again = tell_replayed(this->world(), tape.path, ReplayPace::none, {post(streamed_body)});
    EXPECT_EQ(again.heard.at(0).body, all_events());
}

TYPED_TEST(BehindProvider, a_replay_meets_faults_and_breaks_off_where_it_was_recorded_so)
{
    TemporaryFile tape;
    Endpoint endpoint(this->world(), &break_off);
    ProviderSpec spec = in_front_of(endpoint.server.endpoint());
    spec.record = tape.path;
    tell_behind(this->world(), endpoint, spec, {}, {post(streamed_body)});
    ProviderSpec replaying = primary();
    replaying.replay = ReplaySpec{tape.path, ReplayPace::none};
    const Told told = tell(this->world(), {"{target: primary, requests: 2, inject: {status: {code: 503}}}"},
                           {kept_alive(post(streamed_body)), post(streamed_body)}, replaying);
    EXPECT_EQ(told.heard.at(0).body, four_events[0]);
    EXPECT_EQ(told.heard.at(0).ending, "RST");
    EXPECT_EQ(told.heard.at(1).status, 503);
}

TYPED_TEST(BehindProvider, a_request_that_was_not_recorded_is_told_so)
{
    TemporaryFile tape;
    Recording recording;
    recording.method = "POST";
    recording.target = "/v1/chat/completions";
    recording.body = R"({"model":"gpt-4o","messages":[]})";
    recording.status = 200;
    recording.chunks = {{milliseconds(0), "{}"}};
    std::ofstream(tape.path) << to_line(recording);
    Ask embeddings = post("{}");
    embeddings.path = "/v1/embeddings";
    const Told told = tell_replayed(this->world(), tape.path, ReplayPace::recorded,
                                    {post(R"( {"messages": [ ], "model":"gpt-4\u006f"})"), post(whole_body), embeddings});
    EXPECT_EQ(told.heard.at(0).body, "{}") << "equal as JSON";
    EXPECT_EQ(told.heard.at(1).status, 404);
    EXPECT_NE(told.heard[1].body.find("The endpoint behind this provider has 1 recording of POST /v1/chat/completions, but none with this body."),
              std::string::npos)
        << told.heard[1].body;
    EXPECT_TRUE(told.noted("primary#2 ended: 404 complete 0"));
    EXPECT_EQ(told.heard.at(2).status, 404);
    EXPECT_NE(told.heard[2].body.find("has no recording of POST /v1/embeddings."), std::string::npos) << told.heard[2].body;
}

TYPED_TEST(BehindProvider, no_key_is_ever_kept_or_told)
{
    TemporaryFile tape;
    Endpoint endpoint(this->world(), &repeat_the_key);
    ProviderSpec spec = in_front_of(endpoint.server.endpoint());
    spec.record = tape.path;
    Ask ask = post(R"({"messages":[{"role":"user","content":"my key is sk-secret-0001"}]})");
    ask.path = "/v1/chat/completions?key=AIza-secret-0002&alt=sse";
    ask.extra_headers =
        "authorization: Bearer sk-secret-0001\r\nx-api-key: sk-secret-0003\r\napi-key: sk-secret-0004\r\n"
        "x-goog-api-key: sk-secret-0005\r\n";
    const Told told = tell_behind(this->world(), endpoint, spec, {}, {ask});
    const std::string kept = tape.text() + fmt::to_string(fmt::join(told.notes, "\n"));
    EXPECT_EQ(kept.find("secret"), std::string::npos) << kept;
    EXPECT_NE(kept.find("wrong key: ***"), std::string::npos) << kept;
    EXPECT_NE(kept.find("\"path\":\"/v1/chat/completions?alt=sse\""), std::string::npos) << kept;
    EXPECT_NE(endpoint.requests.at(0).head.target.find("key=AIza-secret-0002"), std::string::npos) << "but it went on";
    EXPECT_EQ((std::filesystem::status(tape.path).permissions() & std::filesystem::perms::others_read), std::filesystem::perms::none);
}

TEST(Recordings, a_key_is_stripped_even_where_a_chunk_ends_inside_it)
{
    Recording recording;
    recording.chunks = {{milliseconds(1), "the key sk-sec"}, {milliseconds(2), "ret-0001 is wrong"}};
    strip(recording, {"sk-secret-0001"});
    ASSERT_EQ(recording.chunks.size(), 1U);
    EXPECT_EQ(recording.chunks[0].bytes, "the key *** is wrong");
}

TEST(Recordings, are_read_back_as_they_were_written)
{
    Recording recording;
    recording.method = "POST";
    recording.target = "/v1/x?a=1";
    recording.body = "\xff\x00 not text";
    recording.status = 429;
    recording.head_after = milliseconds(5);
    recording.headers = {{"content-type", "text/plain"}, {"retry-after", "1"}};
    recording.chunks = {{milliseconds(6), "\xE2\x82"}, {milliseconds(7), "\xAC\n"}};
    recording.complete = false;
    std::string problem;
    const auto read = read_recording(to_line(recording), problem);
    ASSERT_TRUE(read) << problem;
    EXPECT_EQ(to_line(*read), to_line(recording));
    EXPECT_EQ(read->body, recording.body);
    EXPECT_EQ(read->chunks[0].bytes + read->chunks[1].bytes, "\xE2\x82\xAC\n");
}

TEST(Recordings, that_cannot_be_read_say_why)
{
    const auto problem_of = [](const std::string& line) {
        std::string problem;
        EXPECT_FALSE(read_recording(line, problem)) << line;
        return problem;
    };
    EXPECT_NE(problem_of("{"), "");
    EXPECT_NE(problem_of("{}").find("version"), std::string::npos);
    EXPECT_EQ(problem_of(R"({"version":2})"), "it is of a newer version");
    net::Simulation world;
    const auto complaint = [&](const std::string& text) {
        TemporaryFile tape;
        std::ofstream(tape.path) << text;
        ProviderSpec spec = primary();
        spec.replay = ReplaySpec{tape.path};
        Notebook notebook;
        try {
            const Provider provider(world, spec, {}, net::Chance(1), "", notebook);
        } catch (const std::runtime_error& error) {
            return std::string(error.what()).substr(std::string(error.what()).rfind("jsonl: ") + 7);
        }
        return std::string("none");
    };
    EXPECT_EQ(complaint(""), "there is no recording in it");
    EXPECT_EQ(complaint("\n{\"version\":2}\n"), "line 2: it is of a newer version");
}

TEST(Upstream, paths_go_on_below_the_endpoints_own)
{
    const struct {
        const char* target;
        const char* prefix;
        const char* base;
        const char* result;
    } rows[] = {
        {"/v1/chat/completions", "/v1", "/v1", "/v1/chat/completions"},
        {"/v1/chat/completions", "/v1", "/openai/v2", "/openai/v2/chat/completions"},
        {"/v1/chat/completions", "/v1", "", "/v1/chat/completions"},
        {"/v1x/models", "/v1", "/base", "/base/v1x/models"},
        {"/v1/messages?beta=true", "", "/anthropic", "/anthropic/v1/messages?beta=true"},
        {"http://localhost/v1/models", "/v1", "/api", "/api/models"},
        {"/v1", "/v1", "/v1", "/v1"},
    };
    for (const auto& row : rows) EXPECT_EQ(upstream_target(row.target, row.prefix, row.base), row.result) << row.target;
}

TEST(Upstream, headers_of_one_hop_stay_behind)
{
    const net::http::Headers back = forwarded_back(
        {{"Connection", "close, X-Hop"}, {"X-Hop", "1"}, {"Transfer-Encoding", "chunked"}, {"Content-Type", "a/b"}, {"Set-Cookie", "c"}});
    EXPECT_EQ(back.size(), 2U);
    EXPECT_TRUE(back.contains("content-type") && back.contains("set-cookie"));
}

std::string complaints_about(const std::string& provider)
{
    config::Complaints complaints("test.yaml");
    const auto node = config::parse("primary: " + provider, complaints);
    read_providers(*node, complaints);
    std::string all;
    for (const config::Complaint& complaint : complaints.sorted()) all += config::to_string(complaint) + "\n";
    return all;
}

TEST(Upstream, is_read_strictly)
{
    const struct {
        const char* provider;
        const char* complaint;
    } rows[] = {
        {"{upstream: \"https://api.openai.com/v1\", record: tape.jsonl, upstream_ca: ca.pem}", ""},
        {"{brain: {replay: tape.jsonl, pace: none}}", ""},
        {"{upstream: \"ftp://x\"}", "1:21: upstream: "},
        {"{record: tape.jsonl}", "1:19: provider 'primary': record does not go with a provider without `upstream`"},
        {"{upstream: \"http://x\", upstream_ca: ca.pem}", "upstream_ca is for an upstream with https"},
        {"{upstream: \"http://x\", pace: {first_token: 1s}}", "pace does not go with `upstream`: a real endpoint answers as it does"},
        {"{brain: {replay: t}, answer_tokens: 3}", "answer_tokens does not go with `replay`: a recording answers as it did"},
        {"{brain: {replay: t, pace: fast}}", "pace: expected one of recorded, none, found 'fast'"},
        {"{brain: {replay: t}, upstream: \"http://x\"}", "either an upstream answers or a recording, not both"},
    };
    for (const auto& row : rows) {
        const std::string complaints = complaints_about(row.provider);
        if (*row.complaint == '\0') {
            EXPECT_EQ(complaints, "") << row.provider;
        } else {
            EXPECT_NE(complaints.find(row.complaint), std::string::npos) << row.provider << ": " << complaints;
        }
    }
}

TEST(Upstream, refuses_faults_that_need_a_script)
{
    ProviderSpec spec = primary();
    spec.upstream = *net::http::parse_url("https://api.openai.com/v1");
    const struct {
        const char* inject;
        bool passes;
    } rows[] = {
        {"blackhole", true},
        {"{status: {code: 500}}", true},
        {"rate_limit", true},
        {"timeout", true},
        {"{reset: {at: headers}}", true},
        {"error_in_200", true},
        {"slow", true},
        {"{cut: {after_tokens: 3, end: clean}}", true},
        {"{cut: {after_tokens: 3, end: error}}", false},
        {"{cut: {inside: tool_call}}", false},
        {"{cut: {before: terminator}}", false},
        {"{blackhole: {at: mid_stream}}", true},
        {"empty_tool_turn", false},
        {"malformed_arguments", false},
        {"gzip", false},
    };
    for (const auto& row : rows) {
        const std::string window = row.inject == std::string_view("blackhole") ? "from: 0s, " : "";
        const FaultSpec fault = read_faults({fmt::format("{{target: primary, {}inject: {}}}", window, row.inject)}).at(0);
        config::Complaints complaints("test.yaml");
        faults::check_scope(fault, {spec}, complaints);
        EXPECT_EQ(complaints.empty(), row.passes) << row.inject;
        if (!row.passes && !complaints.empty()) {
            EXPECT_NE(complaints.sorted()[0].text.find("'primary' passes answers on that are not its own: "), std::string::npos);
        }
    }
}

}  // namespace
}  // namespace chaos::mock_providers
