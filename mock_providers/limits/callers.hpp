// Callers, told apart by their credentials, of which nothing is kept but a hash in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "net/http/message.hpp"

namespace chaos::mock_providers {

class Callers {
public:
    /// "key 1", "key 2", ... in the order in which keys are seen first; empty for a request without any. After
    /// `most_keys` all further ones share a name.
    std::string name_of(const net::http::RequestHead& head);

    static constexpr std::size_t most_keys = 10'000;

private:
    std::map<std::uint64_t, std::size_t> ordinals_;  ///< by the key's hash
};

}  // namespace chaos::mock_providers
