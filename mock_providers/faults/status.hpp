// status: an HTTP error with the body a real provider gives it, or with one that something before it gave it.
#pragma once

#include <optional>
#include <string>

#include "mock_providers/faults/error_body.hpp"
#include "mock_providers/faults/terms.hpp"
#include "net/time.hpp"

namespace chaos::mock_providers {
struct Script;
struct Sent;
}  // namespace chaos::mock_providers

namespace chaos::mock_providers::faults {

struct Entry;

struct Status {
    int code = 500;
    std::optional<std::string> message;  ///< these three replace the usual ones of the status
    std::optional<std::string> type;
    std::optional<std::string> error_code;
    ErrorBody body = ErrorBody::vendor;
    bool truncated = false;  ///< the head promises the body, and then comes FIN

    Layer layer() const { return Layer::request; }
    Stage stage() const { return Stage::opening; }
    void inject(Script& script, net::Instant release) const;
    std::optional<std::string> proof(const Sent& sent) const;
};

Entry status_entry();

}  // namespace chaos::mock_providers::faults
