// How one attempt is worded: what goes out to the provider, and how its answer is read on the way back.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/http/message.hpp"
#include "router/asked_for.hpp"
#include "router/failover.hpp"
#include "router/trace_context.hpp"
#include "router/translation.hpp"

namespace chaos::router {

/// What an attempt is worded from. All of it outlives the wording.
struct WordingInput {
    const AskedFor& asked;
    const net::http::Request& original;  ///< the caller's own
    const Policy& policy;
    const Target& target;
    const Link& link;
    const step::Repair* repair = nullptr;    ///< null: nothing is mended
    const std::string* continues = nullptr;  ///< the text that others began and this one goes on with; null: none
};

/// The name of an answer before anybody has said anything of it.
AnswerIdentity identity_of_answer(const WordingInput& input, net::WallTime now);

/// From the caller's own bytes each time: spliced for a provider that speaks the same protocol, else translated afresh.
class Wording {
public:
    Wording(const WordingInput& input, const net::WallClock& wall);
    Wording(const Wording&) = delete;
    Wording& operator=(const Wording&) = delete;

    /// What the provider is sent. Call once: the body is in it.
    net::http::Request request(const WordingInput& input, std::size_t key, const TraceContext& trace);

    const Api& api() const { return api_; }
    bool translated() const { return translated_; }
    /// Which of the model's turns the answer will be.
    std::size_t turn() const { return turn_; }
    /// Null: answers go to the caller in the provider's words.
    Inward* inward() { return inward_.get(); }
    /// What the provider could not be told.
    std::vector<std::string> dropped() const { return outward_ ? outward_->dropped : std::vector<std::string>{}; }

private:
    void translate_request(const WordingInput& input);
    void prepare_way_back(const WordingInput& input, net::WallTime now);
    void splice(const WordingInput& input);

    const Api& api_;
    bool translated_ = false;
    std::size_t turn_ = 1;
    std::optional<Outward> outward_;
    std::optional<IdMap> ids_;
    std::unique_ptr<Inward> inward_;
    std::string body_;
};

}  // namespace chaos::router
