// JSON trees, behind the validator.
#include "net/json.hpp"

#include <nlohmann/json.hpp>

namespace chaos::net {

Result<nlohmann::ordered_json> parse_json(std::string_view text, const JsonLimits& limits)
{
    if (!json_problem(text, limits).empty()) {
        return boost::system::errc::make_error_code(boost::system::errc::bad_message);
    }
    auto tree = nlohmann::ordered_json::parse(text, nullptr, false);
    if (tree.is_discarded()) {
        return boost::system::errc::make_error_code(boost::system::errc::bad_message);
    }
    return tree;
}

std::string dump_json(const nlohmann::ordered_json& value)
{
    return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace chaos::net
