// Why a request went the way it went: the last requests with all their attempts, kept in a bounded ring.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "router/observer.hpp"

namespace chaos::router {

class Explanations {
public:
    /// `keep`: so many requests that are over. Those under way come on top.
    explicit Explanations(std::size_t keep) : keep_(keep) {}

    void began(const RequestStart& request);
    void add(const AttemptRecord& attempt);
    void ended(const RequestRecord& request);

    /// As JSON; nothing if it is not known (any more). Of one under way the attempts that are over. Looks at all that
    /// are kept: it is asked for by hand.
    std::optional<std::string> find(std::string_view id) const;
    std::size_t kept() const { return over_.size(); }
    /// Bytes of memory that those which are over take.
    std::size_t room_taken() const;

private:
    /// Thousands are open at once: as little as can be.
    struct UnderWay {
        net::Instant began{};
        std::string attempts;  ///< those that are over, packed
    };
    struct Hash {
        /// Its last digits are drawn by lot.
        std::size_t operator()(const RequestId& id) const
        {
            std::array<char, sizeof(std::size_t)> last{};
            const std::string_view text = id.view().substr(id.view().size() - std::min(id.view().size(), last.size()));
            std::copy(text.begin(), text.end(), last.begin());
            return std::bit_cast<std::size_t>(last);
        }
    };
    /// Empty, for one more: the oldest goes for it once there are keep_.
    std::string& next_place();

    std::size_t keep_;
    std::unordered_map<RequestId, UnderWay, Hash> under_way_;
    std::vector<std::string> over_;  ///< each a request and its attempts, packed; at most keep_
    std::size_t oldest_ = 0;         ///< of those, once there are keep_
};

}  // namespace chaos::router
