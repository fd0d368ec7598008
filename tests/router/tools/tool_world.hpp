// A world with scripted tools behind the router, over a disk that can fail.
#pragma once

#include "router/tools/queue_book.hpp"
#include "store/memory_store.hpp"
#include "tests/router/world.hpp"

namespace chaos::router {

/// A world whose tools are scripted, over a disk that can fail.
struct ToolWorld : World {
    ToolWorld() : memory(simulation.executor(), disk) { durable.store = &memory; }

    Dependency& tool(const std::string& name, Strategy strategy, const std::vector<std::vector<Act>>& scripts)
    {
        Dependency one;
        one.name = name;
        one.path = "/tools/" + name;
        one.strategy = strategy;
        one.api_key = "tool-secret";
        one.retry.backoff = 100ms;
        for (const auto& script : scripts) {
            auto listener = simulation.network().listen({"127.0.0.1", 0});
            upstreams.push_back(std::make_unique<ScriptedUpstream>(simulation, std::move(*listener), script));
            DependencyEndpoint endpoint;
            endpoint.endpoint = upstreams.back()->endpoint();
            endpoint.base_path = "/api/" + name;
            endpoint.url = "http://" + net::to_string(endpoint.endpoint) + endpoint.base_path;
            one.endpoints.push_back(endpoint);
        }
        dependencies.all.push_back(one);
        return dependencies.all.back();
    }

    net::Task<Reply> call(std::string target, std::string key = "", std::string method = "POST",
                          net::Duration leave_after = 0ns, std::string body = R"({"to":"x"})")
    {
        net::http::Headers also;
        if (!key.empty()) also.set("idempotency-key", key);
        Reply reply = co_await ask(std::move(body), leave_after, std::move(target), std::move(method), std::move(also));
        co_return reply;
    }
    net::Task<Reply> look(std::string target)
    {
        Reply reply = co_await call(std::move(target), "", "GET");
        co_return reply;
    }

    store::MemoryDisk disk;
    store::MemoryStore memory;
};

inline Act tool_done(const std::string& body = R"({"result":"sent"})")
{
    return whole(200, body);
}

inline bool says(const Reply& reply, std::string_view words)
{
    return reply.body.find(words) != std::string::npos;
}

inline std::string place_of(const Reply& accepted)
{
    return accepted.header("location");
}

}  // namespace chaos::router
