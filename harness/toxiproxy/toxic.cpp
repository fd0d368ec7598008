// The eight types, as a table: their attributes, what is wrong with their values, and what they do to a link.
#include "harness/toxiproxy/toxic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>

#include "config/document.hpp"

namespace chaos::harness::toxiproxy {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::microseconds;
using std::chrono::milliseconds;
namespace faults = net::faults;

/// A thousand hours: nobody waits for more, and no sum of such times overflows.
constexpr std::int64_t longest_ms = 3'600'000'000;
constexpr std::int64_t longest_latency_ms = 3'600'000;
constexpr std::int64_t most_bytes = std::int64_t{1} << 50;
constexpr std::int64_t bytes_a_kilobyte = 1000;  // Toxiproxy counts a rate of 1 as a byte each millisecond

struct Attribute {
    std::string name;
    std::int64_t most;
    std::int64_t least = 0;
};

struct Type {
    std::string name;
    std::vector<Attribute> attributes;
    /// The values in the order of the attributes.
    faults::Effect (*effect)(const std::vector<std::int64_t>& values);
};

faults::Effect latency(const std::vector<std::int64_t>& values)
{
    const bool even = values[1] == 0;
    return faults::Latency{milliseconds(values[0]), milliseconds(values[1]),
                           even ? faults::Distribution::fixed : faults::Distribution::uniform};
}

faults::Effect bandwidth(const std::vector<std::int64_t>& values)
{
    return faults::Bandwidth{static_cast<std::uint64_t>(values[0] * bytes_a_kilobyte)};
}

faults::Effect slow_close(const std::vector<std::int64_t>& values)
{
    return faults::SlowClose{milliseconds(values[0])};
}

faults::Effect timeout(const std::vector<std::int64_t>& values)
{
    faults::Swallow swallow;
    if (values[0] > 0) swallow.ends_after = milliseconds(values[0]);
    return swallow;
}

faults::Effect reset_peer(const std::vector<std::int64_t>& values)
{
    return faults::ResetPeer{milliseconds(values[0])};
}

faults::Effect slicer(const std::vector<std::int64_t>& values)
{
    return faults::Slices{static_cast<std::size_t>(values[0]), static_cast<std::size_t>(values[1]),
                          microseconds(values[2])};
}

faults::Effect limit_data(const std::vector<std::int64_t>& values)
{
    return faults::LimitData{static_cast<std::uint64_t>(values[0]), net::Close::fin};
}

const std::vector<Type>& types()
{
    static const std::vector<Type> all = {
        {"latency", {{"latency", longest_latency_ms}, {"jitter", longest_latency_ms}}, &latency},
        {"bandwidth", {{"rate", most_bytes / bytes_a_kilobyte}}, &bandwidth},
        {"slow_close", {{"delay", longest_ms}}, &slow_close},
        {"timeout", {{"timeout", longest_ms}}, &timeout},
        {"reset_peer", {{"timeout", longest_ms}}, &reset_peer},
        {"slicer",
         {{"average_size", most_bytes, 1}, {"size_variation", most_bytes}, {"delay", longest_ms * 1000}},
         &slicer},
        {"limit_data", {{"bytes", most_bytes}}, &limit_data}};
    return all;
}

const Type* find_type(const std::string& name)
{
    const auto found = std::find_if(types().begin(), types().end(), [&](const Type& type) { return type.name == name; });
    return found == types().end() ? nullptr : &*found;
}

std::vector<std::string> names_of(const Type& type)
{
    std::vector<std::string> names;
    for (const Attribute& attribute : type.attributes) names.push_back(attribute.name);
    return names;
}

std::vector<std::int64_t> values_of(const Toxic& toxic)
{
    std::vector<std::int64_t> values;
    for (const auto& [name, value] : toxic.attributes) values.push_back(value);
    return values;
}

/// 100 or 100.0: some clients have no integers.
std::optional<std::int64_t> whole_number(const Json& value)
{
    if (value.is_number_integer()) {
        const bool fits = !value.is_number_unsigned() || value.get<std::uint64_t>() <= std::uint64_t{INT64_MAX};
        return fits ? std::optional(value.get<std::int64_t>()) : std::nullopt;
    }
    if (!value.is_number_float()) return std::nullopt;
    const double number = value.get<double>();
    constexpr double exact = 9'007'199'254'740'992.0;  // 2^53
    if (std::abs(number) > exact || number != std::floor(number)) return std::nullopt;
    return static_cast<std::int64_t>(number);
}

std::optional<Problem> read_attribute(const Type& type, const std::string& name, const Json& value, Toxic& toxic)
{
    for (std::size_t nth = 0; nth < type.attributes.size(); ++nth) {
        const Attribute& attribute = type.attributes[nth];
        if (attribute.name != name) continue;
        const auto number = whole_number(value);
        if (!number || *number < attribute.least || *number > attribute.most) {
            return bad_body(fmt::format("attribute '{}' of {} must be a whole number from {} to {}", name, type.name,
                                        attribute.least, attribute.most));
        }
        toxic.attributes[nth].second = *number;
        return std::nullopt;
    }
    return bad_body(fmt::format("{} has no attribute '{}'{}", type.name, name,
                                config::did_you_mean(name, names_of(type))));
}

std::optional<Problem> read_attributes(const Type& type, const Json& attributes, Toxic& toxic)
{
    if (attributes.is_null()) return std::nullopt;
    if (!attributes.is_object()) return bad_body("attributes must be an object");
    for (const auto& [name, value] : attributes.items()) {
        if (auto problem = read_attribute(type, name, value, toxic)) return problem;
    }
    return std::nullopt;
}

std::optional<Problem> check_values(const Type& type, const Toxic& toxic)
{
    if (type.name != "slicer") return std::nullopt;
    const auto values = values_of(toxic);
    if (values[0] < 1) return bad_body("slicer needs an 'average_size' of at least 1");
    if (values[1] >= values[0]) return bad_body("the 'size_variation' of a slicer must be less than its 'average_size'");
    return std::nullopt;
}

std::optional<Problem> read_toxicity(const Json& value, Toxic& toxic)
{
    if (!value.is_number() || value.get<double>() < 0 || value.get<double>() > 1) {
        return bad_body("toxicity must be a number from 0 to 1");
    }
    toxic.toxicity = value.get<double>();
    return std::nullopt;
}

std::optional<Problem> read_text(const Json& value, const std::string& key, std::string& text)
{
    if (!value.is_string()) return bad_body(fmt::format("{} must be a string", key));
    text = value.get<std::string>();
    return std::nullopt;
}

std::optional<Problem> unknown_field(const std::string& key)
{
    return bad_body(fmt::format("a toxic has no field '{}'{}", key,
                                config::did_you_mean(key, {"name", "type", "stream", "toxicity", "attributes"})));
}

/// Everything but the attributes, whose meaning the type decides.
std::optional<Problem> read_fields(const Json& body, Toxic& toxic)
{
    for (const auto& [key, value] : body.items()) {
        std::optional<Problem> problem;
        if (key == "name") {
            problem = read_text(value, key, toxic.name);
        } else if (key == "type") {
            problem = read_text(value, key, toxic.type);
        } else if (key == "stream") {
            problem = read_text(value, key, toxic.stream);
        } else if (key == "toxicity") {
            problem = read_toxicity(value, toxic);
        } else if (key != "attributes") {
            problem = unknown_field(key);
        }
        if (problem) return problem;
    }
    return std::nullopt;
}

std::string default_name(const Toxic& toxic)
{
    return fmt::format("{}_{}", toxic.type, toxic.stream);
}

}  // namespace

Problem bad_body(const std::string& why)
{
    return {400, "bad request body: " + why};
}

std::optional<Problem> read_toxic(const Json& body, Toxic& toxic)
{
    if (!body.is_object()) return bad_body("a toxic is an object");
    if (auto problem = read_fields(body, toxic)) return problem;
    if (toxic.stream != "upstream" && toxic.stream != "downstream") {
        return Problem{400, "stream was invalid, can be either upstream or downstream"};
    }
    const Type* type = find_type(toxic.type);
    if (type == nullptr) return Problem{400, "invalid toxic type"};
    if (toxic.name.empty()) toxic.name = default_name(toxic);
    for (const Attribute& attribute : type->attributes) toxic.attributes.emplace_back(attribute.name, 0);
    if (auto problem = read_attributes(*type, body.value("attributes", Json()), toxic)) return problem;
    return check_values(*type, toxic);
}

std::optional<Problem> update_toxic(const Json& body, Toxic& toxic)
{
    if (!body.is_object()) return bad_body("a toxic is an object");
    Toxic updated = toxic;
    if (auto problem = read_fields(body, updated)) return problem;
    for (const auto& [field, was, is] : {std::tuple("name", toxic.name, updated.name),
                                         std::tuple("type", toxic.type, updated.type),
                                         std::tuple("stream", toxic.stream, updated.stream)}) {
        if (was != is) return bad_body(fmt::format("the {} of a toxic cannot change; it is '{}'", field, was));
    }
    const Type& type = *find_type(toxic.type);
    if (auto problem = read_attributes(type, body.value("attributes", Json()), updated)) return problem;
    if (auto problem = check_values(type, updated)) return problem;
    toxic = std::move(updated);
    return std::nullopt;
}

Json to_json(const Toxic& toxic)
{
    Json attributes = Json::object();
    for (const auto& [name, value] : toxic.attributes) attributes[name] = value;
    Json json = {{"attributes", attributes}, {"name", toxic.name}, {"type", toxic.type}, {"stream", toxic.stream}};
    const bool whole = toxic.toxicity == std::floor(toxic.toxicity);
    json["toxicity"] = whole ? Json(static_cast<int>(toxic.toxicity)) : Json(toxic.toxicity);
    return json;
}

faults::SharedRule rule_of(const Toxic& toxic, const net::Chance& chance)
{
    auto rule = std::make_shared<faults::Rule>();
    rule->name = toxic.name;
    rule->effect = find_type(toxic.type)->effect(values_of(toxic));
    rule->up = toxic.stream == "upstream";
    rule->down = !rule->up;
    rule->likelihood = static_cast<std::uint32_t>(std::llround(toxic.toxicity * 1'000'000));
    rule->chance = chance.about(toxic.name);
    return rule;
}

}  // namespace chaos::harness::toxiproxy
