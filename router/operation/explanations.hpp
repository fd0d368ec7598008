// Why a request went the way it went: the last requests with all their attempts, kept in a bounded ring.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "router/observer.hpp"

namespace chaos::router {

class Explanations {
public:
    /// `keep`: so many requests that are over. Those under way come on top.
    explicit Explanations(std::size_t keep) : keep_(keep) {}

    void began(const RequestStart& request);
    void add(const std::shared_ptr<const AttemptRecord>& attempt);
    void ended(const std::shared_ptr<const RequestRecord>& request);

    /// As JSON; nothing if it is not known (any more). Of one under way the attempts that are over.
    std::optional<std::string> find(std::string_view id) const;
    std::size_t kept() const { return over_.size(); }

private:
    /// Thousands are open at once: as little as can be.
    struct Entry {
        net::Instant began{};
        std::vector<std::shared_ptr<const AttemptRecord>> attempts;
        std::shared_ptr<const RequestRecord> request;  ///< null while it is under way
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
    static std::string write(const Entry& entry, const RequestRecord& request);

    std::size_t keep_;
    std::unordered_map<RequestId, Entry, Hash> entries_;
    std::deque<RequestId> over_;  ///< oldest first
};

}  // namespace chaos::router
