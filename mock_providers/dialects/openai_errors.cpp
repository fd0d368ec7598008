// One row a status.
#include "mock_providers/dialects/openai_errors.hpp"

#include <fmt/format.h>

#include <array>
#include <string>

namespace chaos::mock_providers {

namespace {

struct Row {
    int status;
    std::string_view type;
    std::string_view code;
    std::string_view message;  ///< "{}" stands for the model
};

constexpr std::array rows = {
    Row{400, "invalid_request_error", "", "We could not parse the JSON body of your request."},
    Row{401, "invalid_request_error", "invalid_api_key",
        "Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys."},
    Row{402, "insufficient_quota", "insufficient_quota",
        "This request requires more credits. Please check your plan and billing details."},
    Row{403, "request_forbidden", "unsupported_country_region_territory",
        "Country, region, or territory not supported"},
    Row{404, "invalid_request_error", "model_not_found",
        "The model `{}` does not exist or you do not have access to it."},
    Row{405, "invalid_request_error", "", "Method not allowed for this URL."},
    Row{408, "timeout", "", "Request timed out."},
    Row{409, "conflict", "", "The resource is being modified by another request. Please try again."},
    Row{413, "invalid_request_error", "", "The request body is too large."},
    Row{415, "invalid_request_error", "", "Unsupported content type. This API accepts 'application/json'."},
    Row{422, "invalid_request_error", "", "The request was well-formed but could not be processed."},
    Row{429, "requests", "rate_limit_exceeded",
        "Rate limit reached for {} in organization org-mock on requests per min (RPM): Limit 60, Used 60, Requested "
        "1."},
    Row{431, "invalid_request_error", "", "The request headers are too large."},
    Row{500, "server_error", "", "The server had an error while processing your request. Sorry about that!"},
    Row{502, "server_error", "", "Bad gateway."},
    Row{503, "service_unavailable_error", "server_is_overloaded",
        "The engine is currently overloaded, please try again later."},
    Row{504, "server_error", "", "Gateway timeout."},
    Row{529, "overloaded_error", "server_is_overloaded",
        "Our servers are currently overloaded. Please try again later."},
};

const Row& row_of(int status)
{
    for (const Row& row : rows) {
        if (row.status == status) {
            return row;
        }
    }
    return row_of(status >= 500 ? 500 : 422);
}

}  // namespace

wire::ProviderError openai_error(int status, std::string_view model)
{
    const Row& row = row_of(status);
    wire::ProviderError error;
    error.status = status;
    error.type = row.type;
    error.code = row.code;
    error.message = fmt::format(fmt::runtime(row.message), model);
    return error;
}

}  // namespace chaos::mock_providers
