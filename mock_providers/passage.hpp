// Answers that are passed on, not made: by a real endpoint behind the provider, or out of a recording of one.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "net/http/message.hpp"
#include "net/task.hpp"

namespace chaos::mock_providers {

/// One answer on its way.
class Passage {
public:
    virtual ~Passage() = default;

    /// The head, or the status and the reason of the error that is to be said in its place.
    struct Opening {
        std::optional<net::http::ResponseHead> head;
        int status = 0;
        std::string problem;
    };
    /// Call once, and next() only after a head.
    virtual net::Task<Opening> open() = 0;

    /// Neither bytes nor a problem: the body has ended.
    struct Piece {
        std::string bytes;
        std::string problem;  ///< why nothing more comes
    };
    virtual net::Task<Piece> next() = 0;

    /// Whoever was to have it is gone: what is awaited ends with a problem. From anywhere.
    virtual void abort() = 0;
};

/// What a provider without a brain has behind it.
class Behind {
public:
    virtual ~Behind() = default;
    /// Does nothing yet; the answer begins with open().
    virtual std::shared_ptr<Passage> ask(const net::http::Request& request) = 0;
    /// The nth equal request is counted from one again.
    virtual void count_anew() {}
    /// The provider stops: connections that are kept are closed.
    virtual void stop() {}
};

}  // namespace chaos::mock_providers
