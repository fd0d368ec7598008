// error_in_200: a failure that looks like success to HTTP.
#pragma once

#include <optional>
#include <string>

#include "mock_providers/faults/terms.hpp"
#include "net/time.hpp"

namespace chaos::mock_providers {
struct Script;
struct Sent;
}  // namespace chaos::mock_providers

namespace chaos::mock_providers::faults {

struct Entry;

struct ErrorIn200 {
    enum class Shape {
        error,         ///< the vendor's error; in a stream as its first and only event
        flat,          ///< the same, its members not inside of `error` but beside it
        null_choices,  ///< an answer with null where its content should be
        beside,        ///< an answer without content, and the error beside it
        empty,         ///< no body at all
        blank,         ///< white space alone
        html,          ///< a page
    };
    Shape shape = Shape::error;
    int code = 429;                         ///< the status the error should have had
    std::optional<std::string> message;     ///< replaces the usual one
    std::optional<std::string> error_code;  ///< replaces error.code

    Layer layer() const { return Layer::request; }
    Stage stage() const { return Stage::opening; }
    /// null_choices and beside: only to whole answers.
    bool applies_to(const Script& script) const;
    void inject(Script& script, net::Instant release) const;
    std::optional<std::string> proof(const Sent& sent) const;
};

Entry error_in_200_entry();

}  // namespace chaos::mock_providers::faults
