// Ids of calls across vendors: a legal one is kept, another becomes a prefix and a hash, and comes back as it was.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "wire/chat.hpp"

namespace chaos::router {

/// What a vendor takes as the id of a call.
struct IdRule {
    std::size_t longest = 64;
    bool plain_only = false;  ///< letters, digits, '-' and '_'; else any visible ASCII
    std::string_view prefix = "call_";
};
bool is_legal(std::string_view id, const IdRule& rule);

/// The ids of one body. Pure: the same ids and rule give the same map. Injective: no two ids become one, and nothing of
/// an id travels inside of another.
class IdMap {
public:
    explicit IdMap(IdRule rule) : rule_(rule) {}

    /// Those that are legal must be noted before the first of the others is asked for: none of these becomes one of
    /// them.
    void keep(const std::string& id);
    const std::string& outward(const std::string& id);
    /// The id that `id` stands for; itself if it stands for none.
    const std::string& restored(const std::string& id) const;

private:
    IdRule rule_;
    std::map<std::string, std::string> outward_;
    std::map<std::string, std::string> inward_;
};

/// Rewrites every call's id, and every result's, as `rule` wants them; both ends of a pair alike.
IdMap map_ids(wire::ChatRequest& request, const IdRule& rule);

/// The ids of every call in the conversation.
std::set<std::string> ids_in(const wire::ChatRequest& request);

/// An id for something without one: made of what it is about, so that a second try gives the same.
std::string made_id(std::string_view prefix, std::string_view about, std::size_t nth);

}  // namespace chaos::router
