// The sessions of an MCP server: who has been introduced, and in which revision of the protocol they speak.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "net/chance.hpp"

namespace chaos::mock_providers::mcp {

struct Session {
    std::string version;         ///< the revision both sides agreed on
    std::uint64_t last_use = 0;  ///< counts uses of any session
};

/// At most so many are kept: the one unused for longest makes room, and is unknown from then on, as the protocol
/// allows.
class Sessions {
public:
    explicit Sessions(net::Chance chance, std::size_t most = 1000) : chance_(chance), most_(most) {}

    /// The id of a new one: letters, digits and '-', equal for equal seeds.
    std::string open(std::string version);
    /// Null if there is none of that id. Counts as a use.
    const Session* find(std::string_view id);
    void forget(std::string_view id);
    std::size_t size() const { return sessions_.size(); }

private:
    void make_room();

    net::Chance chance_;
    std::size_t most_;
    std::map<std::string, Session, std::less<>> sessions_;
    std::uint64_t opened_ = 0;
    std::uint64_t uses_ = 0;
};

}  // namespace chaos::mock_providers::mcp
