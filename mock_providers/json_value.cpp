// One rule a kind of node.
#include "mock_providers/json_value.hpp"

#include <nlohmann/json.hpp>

#include "net/json.hpp"

namespace chaos::mock_providers {

namespace {

using Json = nlohmann::ordered_json;

bool is_literal(std::string_view text)
{
    const bool number = !text.empty() && (text[0] == '-' || (text[0] >= '0' && text[0] <= '9'));
    return text == "true" || text == "false" || (number && net::json_problem(text).empty());
}

Json scalar(const config::Node& node)
{
    if (!node.quoted() && is_literal(node.text())) {
        if (auto value = net::parse_json(node.text())) {
            return std::move(*value);
        }
    }
    return Json(node.text());
}

}  // namespace

Json json_of(const config::Node& node)
{
    switch (node.kind()) {
        case config::NodeKind::null:
            return Json(nullptr);
        case config::NodeKind::scalar:
            return scalar(node);
        case config::NodeKind::sequence: {
            Json list = Json::array();
            for (const config::Node& item : node.items()) {
                list.push_back(json_of(item));
            }
            return list;
        }
        case config::NodeKind::map: {
            Json map = Json::object();
            for (const auto& [key, value] : node.entries()) {
                map[key.text()] = json_of(value);
            }
            return map;
        }
    }
    return Json(nullptr);
}

}  // namespace chaos::mock_providers
