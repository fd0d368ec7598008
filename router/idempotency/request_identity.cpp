// Digests over what identifies a request.
#include "router/idempotency/request_identity.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "net/digest.hpp"
#include "net/json.hpp"

namespace chaos::router {
namespace {

/// Whole numbers as such, however they are written: 1, 1.0 and 1e0 are one number.
void append_canonical_number(std::string& out, double value)
{
    constexpr double exact = 9007199254740992.0;  // 2^53
    if (std::abs(value) <= exact && value == std::trunc(value)) {
        out += std::to_string(static_cast<std::int64_t>(value));
    } else {
        out += fmt::format("{}", value);
    }
}

void append_canonical(std::string& out, const nlohmann::ordered_json& value);

void append_canonical_object(std::string& out, const nlohmann::ordered_json& object)
{
    std::vector<std::pair<std::string_view, const nlohmann::ordered_json*>> members;
    for (auto member = object.begin(); member != object.end(); ++member) members.emplace_back(member.key(), &*member);
    std::sort(members.begin(), members.end());
    out += '{';
    for (const auto& [name, member] : members) {
        net::append_json_string(out, name);
        out += ':';
        append_canonical(out, *member);
        out += ',';
    }
    out += '}';
}

void append_canonical(std::string& out, const nlohmann::ordered_json& value)
{
    if (value.is_object()) {
        append_canonical_object(out, value);
    } else if (value.is_array()) {
        out += '[';
        for (const auto& item : value) {
            append_canonical(out, item);
            out += ',';
        }
        out += ']';
    } else if (value.is_string()) {
        net::append_json_string(out, value.get_ref<const std::string&>());
    } else if (value.is_number_float()) {
        append_canonical_number(out, value.get<double>());
    } else {
        out += value.dump();
    }
}

/// Lengths before the parts: no two lists of parts read the same.
std::string joined(std::initializer_list<std::string_view> parts)
{
    std::string all;
    for (const std::string_view part : parts) all.append(std::to_string(part.size())).append(":").append(part);
    return all;
}

}  // namespace

KeyOfRequest idempotency_key(const net::http::Headers& headers)
{
    KeyOfRequest result;
    for (const net::http::Header& header : headers) {
        if (!net::http::same_name(header.name, "idempotency-key")) continue;
        if (result.key) result.problem = "the Idempotency-Key is given twice";
        result.key = header.value;
    }
    if (!result.key || !result.problem.empty()) return result;
    const std::string& key = *result.key;
    const auto visible = [](char c) { return c > 0x20 && c < 0x7f; };
    if (key.empty()) {
        result.problem = "the Idempotency-Key is empty";
    } else if (key.size() > longest_idempotency_key) {
        result.problem = fmt::format("the Idempotency-Key is longer than {} characters", longest_idempotency_key);
    } else if (!std::all_of(key.begin(), key.end(), visible)) {
        result.problem = "the Idempotency-Key holds other than visible ASCII characters";
    }
    return result;
}

std::string caller_of(const net::http::Headers& headers)
{
    return net::sha256(joined({headers.find("authorization").value_or(""), headers.find("x-api-key").value_or(""),
                               headers.find("x-goog-api-key").value_or(""), headers.find("api-key").value_or("")}));
}

std::string request_identity(std::string_view caller, std::string_view endpoint, std::string_view key)
{
    return net::sha256(joined({caller, endpoint, key}));
}

std::string body_fingerprint(std::string_view body)
{
    const auto tree = net::parse_json(body);
    if (!tree) return net::sha256(joined({"bytes", body}));
    std::string canonical = "json:";
    append_canonical(canonical, *tree);
    return net::sha256(canonical);
}

}  // namespace chaos::router
