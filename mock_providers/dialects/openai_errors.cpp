// One row a status.
#include "mock_providers/dialects/openai_errors.hpp"

#include <array>

#include "mock_providers/dialects/error_rows.hpp"

namespace chaos::mock_providers {

namespace {

constexpr std::array openai_error_rows = {
    ErrorRow{400, "invalid_request_error", "We could not parse the JSON body of your request."},
    ErrorRow{401, "invalid_request_error",
             "Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys.",
             "invalid_api_key"},
    ErrorRow{402, "insufficient_quota",
             "This request requires more credits. Please check your plan and billing details.", "insufficient_quota"},
    ErrorRow{403, "request_forbidden", "Country, region, or territory not supported",
             "unsupported_country_region_territory"},
    ErrorRow{404, "invalid_request_error", "The model `{}` does not exist or you do not have access to it.",
             "model_not_found"},
    ErrorRow{405, "invalid_request_error", "Method not allowed for this URL."},
    ErrorRow{408, "timeout", "Request timed out."},
    ErrorRow{409, "conflict", "The resource is being modified by another request. Please try again."},
    ErrorRow{413, "invalid_request_error", "The request body is too large."},
    ErrorRow{415, "invalid_request_error", "Unsupported content type. This API accepts 'application/json'."},
    ErrorRow{422, "invalid_request_error", "The request was well-formed but could not be processed."},
    ErrorRow{
        429, "requests",
        "Rate limit reached for {} in organization org-mock on requests per min (RPM): Limit 60, Used 60, Requested "
        "1.",
        "rate_limit_exceeded"},
    ErrorRow{431, "invalid_request_error", "The request headers are too large."},
    ErrorRow{500, "server_error", "The server had an error while processing your request. Sorry about that!"},
    ErrorRow{502, "server_error", "Bad gateway."},
    ErrorRow{503, "service_unavailable_error", "The engine is currently overloaded, please try again later.",
             "server_is_overloaded"},
    ErrorRow{504, "server_error", "Gateway timeout."},
    ErrorRow{529, "overloaded_error", "Our servers are currently overloaded. Please try again later.",
             "server_is_overloaded"},
};

}  // namespace

wire::ProviderError openai_error(int status, std::string_view model)
{
    return error_in(openai_error_rows, status, 422, model);
}

}  // namespace chaos::mock_providers
