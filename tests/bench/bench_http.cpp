// What HTTP costs: bytes to values and back, and whole exchanges in the simulated world on one core.
#include <benchmark/benchmark.h>

#include "net/http/client.hpp"
#include "net/http/codec.hpp"
#include "net/http/server.hpp"
#include "net/json.hpp"
#include "net/simulation/simulation.hpp"
#include "net/task_group.hpp"

namespace {

using namespace chaos::net;
using namespace chaos::net::http;

RequestHead request_head()
{
    return {"POST",
            "/v1/chat/completions",
            {{"host", "127.0.0.1:8080"},
             {"authorization", "Bearer test-key-0123456789"},
             {"content-type", "application/json"},
             {"accept", "application/json"},
             {"user-agent", "agent/1.0"}}};
}

std::string json_body(std::size_t size)
{
    std::string body = R"({"model":"agent","messages":[)";
    while (body.size() < size) {
        body += R"({"role":"user","content":"Please write the file and tell me when it is done."},)";
    }
    body.back() = ']';
    return body + "}";
}

void encode_request_head(benchmark::State& state)
{
    const RequestHead head = request_head();
    for (auto _ : state) benchmark::DoNotOptimize(encode(head));
}
BENCHMARK(encode_request_head);

void encode_chunk_of_200_bytes(benchmark::State& state)
{
    const std::string piece(200, 'x');
    for (auto _ : state) benchmark::DoNotOptimize(encode_chunk(piece));
}
BENCHMARK(encode_chunk_of_200_bytes);

void parse(benchmark::State& state, MessageKind kind, const std::string& bytes)
{
    const Limits limits;
    for (auto _ : state) {
        MessageReader reader(kind, limits);
        const auto used = reader.feed(bytes);
        if (!used || !reader.message_done()) state.SkipWithError("not a complete message");
        benchmark::DoNotOptimize(reader.take_body());
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * bytes.size()));
}

void parse_small_response(benchmark::State& state)
{
    parse(state, MessageKind::response,
          "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}");
}
BENCHMARK(parse_small_response);

void parse_request_of_2500_bytes(benchmark::State& state)
{
    RequestHead head = request_head();
    const std::string body = json_body(2500);
    head.headers.add("content-length", std::to_string(body.size()));
    parse(state, MessageKind::request, encode(head) + body);
}
BENCHMARK(parse_request_of_2500_bytes);

void parse_24_chunks(benchmark::State& state)
{
    std::string bytes = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    for (int i = 0; i < 24; ++i) bytes += encode_chunk(std::string(200, 'x'));
    parse(state, MessageKind::response, bytes.append(last_chunk));
}
BENCHMARK(parse_24_chunks);

void check_json_of_2500_bytes(benchmark::State& state)
{
    const std::string body = json_body(2500);
    for (auto _ : state) benchmark::DoNotOptimize(json_problem(body));
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * body.size()));
}
BENCHMARK(check_json_of_2500_bytes);

void write_json_string_of_2500_bytes(benchmark::State& state)
{
    const std::string text = json_body(2500);
    std::string out;
    for (auto _ : state) {
        out.clear();
        append_json_string(out, text);
        benchmark::DoNotOptimize(out.data());
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}
BENCHMARK(write_json_string_of_2500_bytes);

constexpr int exchanges_per_run = 2000;

Task<void> answer_small(ServerExchange& exchange)
{
    Response response;
    response.head.headers.add("content-type", "application/json");
    response.body.assign(300, 'x');
    const Error error = co_await exchange.respond(std::move(response));
    benchmark::DoNotOptimize(error);
}

Task<void> answer_streamed(ServerExchange& exchange)
{
    ResponseHead head;
    head.headers.add("content-type", "text/event-stream");
    Error error = co_await exchange.start(std::move(head));
    const std::string piece(200, 'x');
    for (int i = 0; i < 24 && !error; ++i) error = co_await exchange.send(piece);
    if (!error) error = co_await exchange.finish();
}

Task<void> ask(Client& client, Endpoint to, std::size_t& bytes)
{
    static const std::string body = json_body(2500);
    for (int i = 0; i < exchanges_per_run; ++i) {
        Request request{request_head(), body};
        Client::Options options;
        auto exchange = co_await client.open(to, std::move(request), options);
        const auto head = co_await (*exchange)->head();
        if (!head) break;
        for (bool more = true; more;) {
            const auto piece = co_await (*exchange)->read_body();
            bytes += piece->size();
            more = !piece->empty();
        }
    }
}

Task<void> exchanges(Simulation& world, Handler handler, std::size_t& bytes)
{
    auto listener = world.network().listen({"server", 0});
    Server server(world, std::move(*listener), {}, std::move(handler));
    Client client(world, {});
    TaskGroup group(world.executor());
    group.spawn(server.serve());
    co_await ask(client, server.endpoint(), bytes);
    server.stop();
    co_await group.join();
}

void simulate(benchmark::State& state, const Handler& handler)
{
    std::size_t bytes = 0;
    for (auto _ : state) {
        Simulation world;
        world.run(exchanges(world, handler, bytes));
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * exchanges_per_run);
    state.counters["body_bytes"] =
        static_cast<double>(bytes) / static_cast<double>(state.iterations() * exchanges_per_run);
}

void simulated_requests_on_one_connection(benchmark::State& state)
{
    simulate(state, answer_small);
}
BENCHMARK(simulated_requests_on_one_connection)->Unit(benchmark::kMillisecond);

void simulated_responses_of_24_chunks(benchmark::State& state)
{
    simulate(state, answer_streamed);
}
BENCHMARK(simulated_responses_of_24_chunks)->Unit(benchmark::kMillisecond);

}  // namespace
