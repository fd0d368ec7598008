// One row a status; the words of google.rpc.Code.
#include "mock_providers/dialects/gemini_errors.hpp"

#include <array>

#include "mock_providers/dialects/error_rows.hpp"

namespace chaos::mock_providers {

namespace {

constexpr std::array gemini_error_rows = {
    ErrorRow{400, "INVALID_ARGUMENT", "Request contains an invalid argument."},
    ErrorRow{
        401, "UNAUTHENTICATED",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
        "authentication credential."},
    ErrorRow{402, "FAILED_PRECONDITION",
             "Your prepayment credits are depleted. Please go to AI Studio to manage your project and billing."},
    ErrorRow{403, "PERMISSION_DENIED", "The caller does not have permission"},
    ErrorRow{
        404, "NOT_FOUND",
        "models/{} is not found for API version v1beta, or is not supported for generateContent. Call ListModels to "
        "see the list of available models and their supported methods."},
    ErrorRow{408, "DEADLINE_EXCEEDED", "The request timed out."},
    ErrorRow{409, "ABORTED", "The operation was aborted."},
    ErrorRow{413, "INVALID_ARGUMENT", "Request payload size exceeds the limit: 20971520 bytes."},
    ErrorRow{
        429, "RESOURCE_EXHAUSTED",
        "You exceeded your current quota, please check your plan and billing details. For more information on this "
        "error, head to: https://ai.google.dev/gemini-api/docs/rate-limits."},
    ErrorRow{499, "CANCELLED", "The operation was cancelled."},
    ErrorRow{500, "INTERNAL", "An internal error has occurred. Please retry."},
    ErrorRow{501, "UNIMPLEMENTED", "Operation is not implemented, or supported, or enabled."},
    ErrorRow{502, "UNAVAILABLE", "The service is currently unavailable."},
    ErrorRow{503, "UNAVAILABLE", "The model is overloaded. Please try again later."},
    ErrorRow{504, "DEADLINE_EXCEEDED", "The request timed out. Please try again."},
    ErrorRow{529, "UNAVAILABLE", "The model is overloaded. Please try again later."},
};

}  // namespace

wire::ProviderError gemini_error(int status, std::string_view model)
{
    return error_in(gemini_error_rows, status, 400, model);
}

}  // namespace chaos::mock_providers
