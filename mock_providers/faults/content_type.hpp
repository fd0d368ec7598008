// content_type: the right answer under another media type, or in the form that was not asked for.
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

struct ContentType {
    enum class Body {
        asked,   ///< as the request wants it
        whole,   ///< a whole answer, though a stream was asked for
        stream,  ///< a stream, though a whole answer was asked for
    };
    Body body = Body::asked;
    std::optional<std::string> as = "text/html";  ///< the media type; nothing: that of the body

    Layer layer() const { return Layer::request; }
    /// Only a body of another form says something else.
    Stage stage() const { return body == Body::asked ? Stage::form : Stage::answer; }
    /// whole: only to streams; stream: only to whole answers.
    bool applies_to(const Script& script) const;
    void inject(Script& script, net::Instant release) const;
    std::optional<std::string> proof(const Sent& sent) const;
};

Entry content_type_entry();

}  // namespace chaos::mock_providers::faults
