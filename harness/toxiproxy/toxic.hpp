// A toxic of Toxiproxy: read from its JSON, strictly, written back, and put in terms of a link.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/faults/effects.hpp"

namespace chaos::harness::toxiproxy {

/// What Toxiproxy answers when something is wrong: {"error": message, "status": status}.
struct Problem {
    int status = 400;
    std::string message;
};

/// "bad request body: " and why.
Problem bad_body(const std::string& why);

struct Toxic {
    std::string name;
    std::string type;
    std::string stream = "downstream";
    double toxicity = 1;                                              ///< the share of connections it meets
    std::vector<std::pair<std::string, std::int64_t>> attributes;  ///< every one its type has, in their order
};

/// Reads a new toxic into `toxic`; its name is "<type>_<stream>" unless one is given.
std::optional<Problem> read_toxic(const nlohmann::ordered_json& body, Toxic& toxic);
/// Attributes and toxicity that the body names become those of `toxic`; the rest of it stays.
std::optional<Problem> update_toxic(const nlohmann::ordered_json& body, Toxic& toxic);

nlohmann::ordered_json to_json(const Toxic& toxic);

/// `chance`: of the proxy.
net::faults::SharedRule rule_of(const Toxic& toxic, const net::Chance& chance);

}  // namespace chaos::harness::toxiproxy
