// finish_reason: an answer that gives another reason for its end than the one it has.
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

struct WrongFinishReason {
    enum class Place {
        end,
        early,            ///< before the second half of what is said
        with_last_token,  ///< in the event of the last token
    };
    std::optional<std::string> as = "stop";  ///< in the words of the wire, which may be empty; nothing: no reason
    Place place = Place::end;                ///< elsewhere the reason is the right one

    Layer layer() const { return Layer::request; }
    Stage stage() const { return Stage::answer; }
    /// Where it would not say the same anyway, and the API has such a word. Other places than the end: where every
    /// chunk has one for the reason.
    bool applies_to(const Script& script) const;
    void inject(Script& script, net::Instant release) const;
    std::optional<std::string> proof(const Sent& sent) const;
};

Entry finish_reason_entry();

}  // namespace chaos::mock_providers::faults
