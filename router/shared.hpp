// What all requests share that began with one configuration.
#pragma once

#include <list>
#include <memory>
#include <vector>

#include "net/condition.hpp"
#include "net/http/client.hpp"
#include "net/runtime.hpp"
#include "net/task_group.hpp"
#include "router/memory/memory_of_failure.hpp"
#include "router/observer.hpp"
#include "router/policy.hpp"
#include "router/redact.hpp"
#include "wire/read.hpp"

namespace chaos::router {

struct Shared {
    net::Runtime& runtime;
    const std::vector<Target>& targets;
    const Policy& policy;
    MemoryOfFailure& memory;
    net::http::Client& client;
    const Redactor& redactor;
    Observer& observer;
    net::TaskGroup& leftovers;            ///< exchanges whose answers are complete but not their bodies
    std::list<net::Condition*>& waiting;  ///< requests that wait for the health of some provider to change
    wire::json::Parser& answers;          ///< for whole answers, each read at once
    std::weak_ptr<const void> lifetime;   ///< whoever outlives the request holds it: all of the above lives as long
};

}  // namespace chaos::router
