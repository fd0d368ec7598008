// A request on its way from one protocol to another, and the answer on its way back.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "router/apis/api.hpp"
#include "router/capabilities.hpp"
#include "router/doors/door.hpp"
#include "router/ids.hpp"

namespace chaos::router {

/// The turn that the answer will be, counted as the model's own turns are.
std::size_t next_turn(const wire::ChatRequest& request);

/// Every call has its one result right after it, and every result its call: what is missing is stubbed, what is left
/// over becomes words of the user. Histories break like this when agents crash or trim.
void pair_calls(std::vector<wire::Message>& messages);
/// Pictures and files in results become a message of the user after them, for APIs whose results are only text.
void hoist_attachments(std::vector<wire::Message>& messages);

/// A request as one provider is sent it.
struct Outward {
    std::string body;
    std::vector<std::string> dropped;  ///< what it could not be told, by the words of the capabilities
    IdMap ids;
    bool one_call_only = false;  ///< the caller wants calls one by one, and the provider could not be told
};
/// Who it is sent to.
struct Recipient {
    std::string model;                             ///< as they call it
    std::vector<std::string> lacks{};              ///< by configuration
    std::string parameters{};                      ///< members for the body, as a JSON object; empty: none
    std::optional<std::int64_t> max_output{};      ///< tokens
    std::optional<std::int64_t> context_window{};  ///< tokens
    std::vector<std::string> has{};                ///< by configuration
};
Outward translate(wire::ChatRequest request, const Api& api, const Recipient& to, std::string_view nudge);

/// Makes deltas and answers of a provider those of a caller: ids legal and of the caller's kind, reasons that the
/// caller's protocol has, at most one call if so wished. Pure: equal requests give equal ids.
class Inward {
public:
    /// `about`: the bytes of the caller's request. `taken`: the ids that calls in it have.
    struct Setting {
        AnswerIdentity identity;
        std::string_view about;
        std::set<std::string> taken{};
        bool one_call_only = false;
    };
    Inward(const Door& door, const IdMap& ids, Setting setting);

    wire::ChatAnswer answer(wire::ChatAnswer answer) const;
    /// False: it is for nobody.
    bool delta(wire::Delta& delta);

private:
    std::string answer_id(const std::string& id) const;
    std::string call_id(const std::string& id, std::size_t nth) const;
    wire::delta::Finish finish(wire::FinishReason reason, bool refused) const;

    const Door& door_;
    const IdMap& ids_;
    Setting setting_;
    bool refused_ = false;
};

}  // namespace chaos::router
