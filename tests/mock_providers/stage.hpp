// A stage for mocks in either world: an observer that writes down what it is told, and a client that keeps every byte.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <functional>
#include <string>
#include <vector>

#include "mock_providers/brief.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/provider.hpp"
#include "mock_providers/tool_server.hpp"
#include "net/condition.hpp"
#include "net/faults/shaper.hpp"
#include "net/http/codec.hpp"
#include "net/task_group.hpp"
#include "net/watchdog.hpp"
#include "tests/net/worlds.hpp"
#include "wire/openai_chat.hpp"

namespace chaos::mock_providers::testing {

using net::testing::BothWorlds;
using net::testing::RealWorld;
using net::testing::SimulatedWorld;
using net::testing::WorldNames;
using std::chrono::milliseconds;
using std::chrono::seconds;

inline std::string_view spelling(WireEnd end)
{
    constexpr std::string_view words[] = {"complete", "cut_fin", "cut_reset", "silent", "client_left"};
    return words[static_cast<std::size_t>(end)];
}

inline std::string_view spelling(Proof proof)
{
    constexpr std::string_view words[] = {"delivered", "contacted", "armed"};
    return words[static_cast<std::size_t>(proof)];
}

/// How often `what` stands in `text`.
inline std::size_t count(std::string_view text, std::string_view what)
{
    std::size_t found = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + what.size())) {
        ++found;
    }
    return found;
}

/// One line a call, in order.
class Notebook : public Observer {
public:
    std::vector<std::string> lines;
    bool connections = false;     ///< note connections, too
    int under_way = 0;            ///< attempts and tool calls that have not ended
    std::function<void()> ended;  ///< called when one has

    void connection_opened(std::string_view provider, std::uint64_t ordinal) override
    {
        if (connections) {
            note("{} opened connection {}", provider, ordinal);
        }
    }
    void attempt_received(const Attempt& attempt, const wire::ChatRequest& request) override
    {
        ++under_way;
        note("{} received: {} step {} try {}{}", attempt.name, attempt.task, attempt.step, attempt.nth_try,
             request.stream ? " streamed" : "");
    }
    void output_started(const Attempt& attempt) override { note("{} speaks", attempt.name); }
    void attempt_ended(const Attempt& attempt, int status, WireEnd end, std::int64_t tokens) override
    {
        note("{} ended: {} {} {}", attempt.name, status, spelling(end), tokens);
        end_one();
    }
    void told_to_wait(const Attempt& attempt, net::Duration wait, std::string_view why) override
    {
        note("{} told to wait {}{}{}", attempt.name, net::to_string(wait), why.empty() ? "" : ": ", why);
    }
    void upstream_failed(const Attempt& attempt, std::string_view why) override
    {
        note("{}: upstream {}", attempt.name, why);
    }
    void stray_received(std::string_view where, std::string_view why) override { note("stray at {}: {}", where, why); }
    void fault_armed(std::string_view fault, std::string_view target, std::string_view probe) override
    {
        note("{} armed on {}: {}", fault, target, probe);
    }
    void fault_skipped(std::string_view fault, std::string_view target, std::string_view why) override
    {
        note("{} skipped on {}: {}", fault, target, why);
    }
    void fault_opportunity(std::string_view fault, const Attempt& attempt, bool fell) override
    {
        note("{} {} {}", fault, fell ? "falls on" : "spares", attempt.name.empty() ? attempt.provider : attempt.name);
    }
    void fault_delivered(std::string_view fault, const Attempt& attempt, Proof proof, std::string_view what) override
    {
        note("{} {} to {}: {}", fault, spelling(proof), attempt.name.empty() ? attempt.provider : attempt.name, what);
    }
    void fault_released(std::string_view fault, std::string_view target) override
    {
        note("{} released on {}", fault, target);
    }
    void tool_received(const ToolUse& use) override
    {
        ++under_way;
        note("{} asked for {} key '{}'", use.tool, use.effect, use.key);
    }
    void effect_performed(const ToolUse& use) override { note("{} did {}{}", use.tool, use.effect, by_fault(use)); }
    void effect_replayed(const ToolUse& use) override { note("{} replayed {}{}", use.tool, use.effect, by_fault(use)); }
    void tool_answered(const ToolUse& use, int status, WireEnd end) override
    {
        note("{} answered {}: {} {}", use.tool, use.effect, status, spelling(end));
        end_one();
    }
    void tool_fault(std::string_view fault, const ToolUse& use, bool fell, std::string_view what) override
    {
        note("{} {} {}{}{}", fault, fell ? "falls on" : "spares", use.effect, what.empty() ? "" : ": ", what);
    }

private:
    static std::string by_fault(const ToolUse& use) { return use.fault.empty() ? "" : " (" + use.fault + ")"; }

    void end_one()
    {
        --under_way;
        if (ended) {
            ended();
        }
    }

    template <class... Words>
    void note(fmt::format_string<Words...> format, Words&&... words)
    {
        lines.push_back(fmt::format(format, std::forward<Words>(words)...));
    }
};

/// What a client heard on one connection, byte for byte, and how it ended.
struct Heard {
    std::string bytes;
    std::string ending;          ///< "FIN", "RST", "silence" (nothing more while it listened), or "no connection: ..."
    net::Duration first_byte{};  ///< after the request
    net::Duration took{};        ///< until the end
    net::Duration quiet{};       ///< of that, after the last byte
    int status = 0;
    std::string body;    ///< decoded, as much as came
    bool whole = false;  ///< the response had its proper end
    net::http::Headers headers;
};

/// One request on a connection of its own.
struct Ask {
    net::Endpoint to;
    std::string method = "POST";
    std::string path = "/v1/chat/completions";
    std::string body;
    std::string extra_headers;  ///< whole lines
    std::string raw;            ///< in place of all that: these bytes
    bool keep_alive = false;    ///< otherwise a complete response is followed by FIN
    bool reused = false;  ///< asked a second time on the connection, which it keeps; what is heard is the second answer
    net::Duration listens = seconds(5);  ///< then the client leaves, by FIN
    net::Duration gives_up =
        net::Duration::max();  ///< so long after the last byte it leaves, too, once bytes have come
};

inline std::string bytes_of(const Ask& ask)
{
    if (!ask.raw.empty()) return ask.raw;
    return fmt::format(
        "{} {} HTTP/1.1\r\nhost: mock\r\ncontent-type: application/json\r\n{}{}content-length: {}\r\n\r\n{}",
        ask.method, ask.path, ask.extra_headers, ask.keep_alive ? "" : "connection: close\r\n", ask.body.size(),
        ask.body);
}

inline void decode(Heard& heard)
{
    net::http::MessageReader reader(net::http::MessageKind::response, {});
    const auto used = reader.feed(heard.bytes);
    if (used && reader.head_done()) {
        heard.status = reader.response_head().status;
        heard.headers = reader.response_head().headers;
        heard.body = reader.take_body();
        heard.whole = reader.message_done();
    }
}

/// Reads until the connection ends, `deadline` has passed, or nothing more came for so long as it `gives_up` after.
inline net::Task<void> listen_to(net::Runtime& world, net::Stream& stream, net::Instant deadline, Heard& heard,
                                 net::Duration gives_up = net::Duration::max())
{
    const net::Instant began = world.clock().now();
    net::Instant last = began;
    net::Watchdog patience(world.clock(), [&stream] { stream.cancel(); });
    patience.arm(deadline);
    std::string buffer(64 * 1024, '\0');
    while (heard.ending.empty()) {
        const auto count = co_await stream.read_some(buffer);
        if (count && *count > 0) {
            last = world.clock().now();
            heard.first_byte = heard.bytes.empty() ? last - began : heard.first_byte;
            heard.bytes.append(buffer, 0, *count);
            patience.arm(std::min(deadline, net::faults::later(last, gives_up)));
        } else if (count) {
            heard.ending = "FIN";
        } else {
            heard.ending = patience.expired()                                      ? "silence"
                           : count.error() == boost::asio::error::connection_reset ? "RST"
                                                                                   : count.error().message();
        }
    }
    heard.took = world.clock().now() - began;
    heard.quiet = world.clock().now() - last;
}

/// Reads one whole response and leaves the connection open; false if none came.
inline net::Task<bool> hear_out(net::Stream& stream)
{
    net::http::MessageReader reader(net::http::MessageKind::response, {});
    std::string buffer(64 * 1024, '\0');
    while (!reader.message_done()) {
        const auto count = co_await stream.read_some(buffer);
        if (!count || *count == 0) co_return false;
        const auto used = reader.feed(std::string_view(buffer).substr(0, *count));
        if (!used) co_return false;
    }
    co_return true;
}

inline net::Task<Heard> converse(net::Runtime& world, const Ask& ask)
{
    Heard heard;
    const net::Instant deadline = world.clock().now() + ask.listens;
    auto stream = co_await world.network().connect(ask.to, deadline);
    if (!stream) {
        // A reset that comes at once can be met by the connect itself.
        const bool reset = stream.error() == boost::asio::error::connection_reset;
        heard.ending = reset ? "RST" : "no connection: " + stream.error().message();
        co_return heard;
    }
    const std::string bytes = bytes_of(ask);
    if (ask.reused) {
        const net::Error failed = co_await (*stream)->write(bytes);
        const bool answered = !failed && co_await hear_out(**stream);
        if (!answered) {
            heard.ending = "no first answer";
            co_return heard;
        }
    }
    const net::Error error = co_await (*stream)->write(bytes);
    if (error) {
        heard.ending = error == boost::asio::error::connection_reset ? "RST" : error.message();
        co_return heard;
    }
    co_await listen_to(world, **stream, deadline, heard, ask.gives_up);
    decode(heard);
    co_return heard;
}

inline Brief some_task(int steps = 3)
{
    Brief brief;
    brief.run = run_token(7);
    brief.task = task_token(brief.run, 1);
    brief.steps = steps;
    brief.tools = {"write_file", "send_email"};
    return brief;
}

inline std::vector<ToolSpec> some_tools()
{
    std::vector<ToolSpec> tools(2);
    tools[0].name = "write_file";
    tools[1].name = "send_email";
    for (ToolSpec& tool : tools) {
        tool.takes = milliseconds(1);
    }
    return tools;
}

/// The conversation of a task of which so many steps are done.
inline wire::ChatRequest conversation(const Brief& brief, int done, bool stream)
{
    wire::ChatRequest request;
    request.model = "gpt-4o";
    request.stream = stream;
    request.messages.push_back(wire::message(wire::Role::user, task_text(brief)));
    for (const ToolSpec& tool : some_tools()) {
        request.tools.push_back(declaration(tool));
    }
    for (int step = 1; step <= done; ++step) {
        wire::Message call;
        call.role = wire::Role::assistant;
        call.tool_calls.push_back({fmt::format("call_{}", step), std::string(tool_of(brief, step)), "{}"});
        request.messages.push_back(call);
        wire::Message result = wire::message(wire::Role::tool, tool_result_text(brief.task, step));
        result.tool_call_id = call.tool_calls[0].id;
        request.messages.push_back(result);
    }
    return request;
}

inline std::string chat_body(int done, bool stream)
{
    return wire::openai_chat::write_request(conversation(some_task(), done, stream));
}

inline std::vector<FaultSpec> read_faults(const std::vector<std::string>& yamls)
{
    std::vector<FaultSpec> specs;
    for (const std::string& yaml : yamls) {
        config::Complaints complaints("test.yaml");
        specs.push_back(faults::read_fault(*config::parse(yaml, complaints), complaints, {"primary"},
                                           {"write_file", "send_email"}, static_cast<int>(specs.size()) + 1));
        specs.back().name = specs.back().fault;
        EXPECT_TRUE(complaints.empty()) << yaml << ": " << (complaints.empty() ? "" : complaints.sorted().front().text);
    }
    return specs;
}

/// A fast pace, so that stories in the real world are short.
inline ProviderSpec primary()
{
    ProviderSpec spec;
    spec.name = "primary";
    spec.model = "gpt-4o";
    spec.pace.first_token = milliseconds(2);
    spec.pace.between_tokens = std::chrono::microseconds(100);
    return spec;
}

/// What a story on the stage leaves behind.
struct Told {
    std::vector<Heard> heard;
    std::vector<std::string> notes;

    bool noted(std::string_view line) const { return std::find(notes.begin(), notes.end(), line) != notes.end(); }
    /// The first note that begins like this, without its beginning.
    std::string rest_of(std::string_view beginning) const
    {
        for (const std::string& line : notes) {
            if (line.starts_with(beginning)) {
                return line.substr(beginning.size());
            }
        }
        return "nothing of the kind among:\n" + fmt::to_string(fmt::join(notes, "\n"));
    }
};

/// Where a server is reached: by its name, if it has one.
template <class Server>
net::Endpoint address_of(const Server& server)
{
    if constexpr (requires { server.address(); }) {
        return server.address();
    } else {
        return server.endpoint();
    }
}

/// One request after the other at a server of either kind; each attempt is over before the next.
template <class Server>
net::Task<void> ask_all(net::Runtime& world, Server& server, std::vector<Ask> asks, Notebook& notebook,
                        std::vector<Heard>& heard)
{
    net::TaskGroup serving(world.executor());
    net::Condition ended;
    notebook.ended = [&ended] { ended.notify_all(); };
    serving.spawn(server.serve());
    server.start_clock(world.clock().now());
    for (Ask& ask : asks) {
        ask.to = address_of(server);
        Heard one = co_await converse(world, ask);
        heard.push_back(std::move(one));
        while (notebook.under_way > 0) {
            co_await ended.wait();
        }
    }
    server.stop();
    co_await serving.join();
    notebook.ended = nullptr;
}

/// The provider `primary` with these faults, and what it is asked. Several such stories may be told side by side.
inline net::Task<void> tell_aside(net::Runtime& world, std::vector<std::string> faults, std::vector<Ask> asks,
                                  ProviderSpec spec, Told& told)
{
    Notebook notebook;
    Provider provider(world, std::move(spec), read_faults(faults), net::Chance(1), some_task().run, notebook);
    co_await ask_all(world, provider, std::move(asks), notebook, told.heard);
    told.notes = notebook.lines;
}

inline Told tell(net::Runtime& world, const std::vector<std::string>& faults, std::vector<Ask> asks,
                 const ProviderSpec& spec = primary())
{
    Told told;
    world.run(tell_aside(world, faults, std::move(asks), spec, told));
    return told;
}

inline Ask post(std::string body)
{
    Ask ask;
    ask.body = std::move(body);
    return ask;
}

/// For responses that do not end by themselves.
inline Ask briefly(Ask ask, net::Duration listens = milliseconds(250))
{
    ask.listens = listens;
    return ask;
}

/// Without `connection: close`: for responses that end the connection themselves.
inline Ask kept_alive(Ask ask)
{
    ask.keep_alive = true;
    return ask;
}

}  // namespace chaos::mock_providers::testing
