// The tools of one configuration, and the connections to them.
#pragma once

#include "router/tools/tool_client.hpp"

namespace chaos::router {

/// Lives as long as the last call that began with it.
struct Toolbox {
    Toolbox(net::Runtime& runtime, Dependencies its) : dependencies(std::move(its)), client(runtime, dependencies) {}

    const Dependencies dependencies;
    ToolClient client;
};
using ToolboxPtr = std::shared_ptr<Toolbox>;

}  // namespace chaos::router
