// Why a request went the way it went: the last requests with all their attempts, kept in a bounded ring.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
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

    /// As JSON; nothing if it is not known (any more). Of one under way the attempts that are over.
    std::optional<std::string> find(std::string_view id) const;
    std::size_t kept() const { return over_.size(); }

private:
    struct Entry {
        RequestRecord request;
        std::vector<AttemptRecord> attempts;
        bool over = false;
    };
    static std::string write(const Entry& entry);

    std::size_t keep_;
    std::map<std::string, Entry, std::less<>> entries_;
    std::deque<std::string> over_;  ///< oldest first
};

}  // namespace chaos::router
