// The subject: what is on trial. Ours is the bundled router; the zoo adds broken ones; each is only an endpoint to callers.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/chance.hpp"
#include "net/runtime.hpp"
#include "router/router.hpp"

namespace chaos::harness {

class Subject {
public:
    virtual ~Subject() = default;
    virtual net::Endpoint endpoint() const = 0;
    /// Serves until stop(); returns when every session has ended.
    virtual net::Task<void> serve() = 0;
    virtual void stop() = 0;
};

/// What a subject is started with: where it listens, its providers, and its part of the scenario.
struct SubjectSetting {
    net::Runtime& runtime;
    std::unique_ptr<net::Listener> listener;
    std::vector<router::Target> targets;
    router::Policy policy;
    net::Chance chance;
    router::Observer& observer;
};

/// One kind of subject, by the name `--subject` knows.
struct SubjectKind {
    std::string name;
    std::string summary;
    std::vector<std::string> speaks_to;  ///< the dialects of providers it can use
    std::function<std::unique_ptr<Subject>(SubjectSetting)> start;
};

/// The bundled failover router.
SubjectKind bundled_router();

}  // namespace chaos::harness
