// Peers for stories about HTTP: a server under test with its handler, and raw ends that speak bytes.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <functional>
#include <string>
#include <vector>

#include "net/condition.hpp"
#include "net/http/client.hpp"
#include "net/http/server.hpp"
#include "net/task_group.hpp"
#include "tests/net/worlds.hpp"

// g++ 12 takes the allocator of Asio's coroutine frames for a mismatched one where it inlines only half of it.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace chaos::net::http::testing {

using namespace std::chrono_literals;
using net::testing::AllWorlds;
using net::testing::InBothWorlds;
using net::testing::WorldNames;

/// One raw end of a connection.
class RawPeer {
public:
    explicit RawPeer(StreamPtr stream) : stream_(std::move(stream)) {}

    Stream& stream() { return *stream_; }

    Task<void> send(std::string bytes)
    {
        const Error error = co_await stream_->write(bytes);
        EXPECT_FALSE(error) << error.message() << " while sending " << bytes.substr(0, 60);
    }

    /// Everything up to and including `mark`; what follows stays for the next call. Shorter if the peer ended.
    Task<std::string> until(std::string mark)
    {
        std::size_t at = received_.find(mark);
        while (at == std::string::npos && ending_.empty()) {
            const std::size_t searched = received_.size() - std::min(received_.size(), mark.size());
            co_await read_more();
            at = received_.find(mark, searched);
        }
        co_return take(at == std::string::npos ? received_.size() : at + mark.size());
    }

    /// Exactly so many bytes, or fewer if the peer ended.
    Task<std::string> exactly(std::size_t count)
    {
        while (received_.size() < count && ending_.empty()) {
            co_await read_more();
        }
        co_return take(std::min(count, received_.size()));
    }

    /// Everything until the peer ends.
    Task<std::string> rest()
    {
        while (ending_.empty()) {
            co_await read_more();
        }
        co_return take(received_.size());
    }

    /// How the peer ended: "fin", an error's name, or "" as long as it has not.
    const std::string& ending() const { return ending_; }

private:
    Task<void> read_more()
    {
        std::string bytes(16 * 1024, '\0');
        const Result<std::size_t> count = co_await stream_->read_some(bytes);
        if (!count || *count == 0) {
            ending_ = count                                            ? "fin"
                      : count.error() == asio::error::connection_reset ? "reset"
                                                                       : count.error().message();
        } else {
            received_.append(bytes, 0, *count);
        }
    }

    std::string take(std::size_t count)
    {
        std::string taken = received_.substr(0, count);
        received_.erase(0, count);
        return taken;
    }

    StreamPtr stream_;
    std::string received_;
    std::string ending_;
};

inline Task<RawPeer> connect_raw(Runtime& world, const Endpoint& to)
{
    Result<StreamPtr> stream = co_await world.network().connect(to, never);
    co_return RawPeer(std::move(stream.value()));
}

/// Runs `story` with something else going on in `background`; stops and joins that whatever happens.
inline Task<void> beside(Runtime& world, Task<void> background, std::function<void()> stop,
                         std::function<Task<void>()> story)
{
    TaskGroup group(world.executor());
    group.spawn(std::move(background));
    std::exception_ptr problem;
    try {
        co_await story();
    } catch (...) {
        problem = std::current_exception();
    }
    stop();
    co_await group.join();
    if (problem) {
        std::rethrow_exception(problem);
    }
}

using ServerStory = std::function<Task<void>(Server&)>;

/// Tells a story against a server of our own.
inline Task<void> with_server(Runtime& world, ServerSettings settings, Handler handler, ServerStory story)
{
    Server server(world, net::testing::listen(world), std::move(settings), std::move(handler));
    co_await beside(
        world, server.serve(), [&] { server.stop(); }, [&] { return story(server); });
}

using Script = std::function<Task<void>(RawPeer&)>;

/// Accepts connections and plays one script on each, in order; the last for all that follow.
inline Task<void> play(Listener& listener, std::vector<Script> scripts)
{
    Running& me = co_await this_task();
    TaskGroup group(me.scheduler().executor());
    std::vector<std::unique_ptr<RawPeer>> peers;
    for (std::size_t i = 0;; ++i) {
        Result<StreamPtr> stream = co_await listener.accept();
        if (!stream) {
            break;
        }
        peers.push_back(std::make_unique<RawPeer>(std::move(*stream)));
        group.spawn(scripts[std::min(i, scripts.size() - 1)](*peers.back()));
    }
    group.cancel();
    co_await group.join();
}

using ClientStory = std::function<Task<void>(Client&, Endpoint)>;

/// Tells a story of a client of ours against a scripted server.
inline Task<void> with_script(Runtime& world, ClientSettings settings, std::vector<Script> scripts, ClientStory story)
{
    const std::unique_ptr<Listener> listener = net::testing::listen(world);
    Client client(world, settings);
    co_await beside(
        world, play(*listener, std::move(scripts)), [&] { listener->close(); },
        [&] { return story(client, listener->endpoint()); });
}

/// The response without its date line, which is not the same in every world.
inline std::string without_date(std::string response)
{
    const std::size_t at = response.find("date: ");
    if (at != std::string::npos) {
        response.erase(at, response.find("\r\n", at) + 2 - at);
    }
    return response;
}

inline Request get(std::string target)
{
    Request request;
    request.head.target = std::move(target);
    return request;
}

inline Request post(std::string target, std::string body)
{
    Request request;
    request.head.method = "POST";
    request.head.target = std::move(target);
    request.body = std::move(body);
    return request;
}

inline Response text(std::string body, int status = 200)
{
    Response response;
    response.head.status = status;
    response.body = std::move(body);
    return response;
}

}  // namespace chaos::net::http::testing
