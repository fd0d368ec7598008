// One row a status; the words of google.rpc.Code.
#include "mock_providers/dialects/gemini_errors.hpp"

#include <fmt/format.h>

#include <array>
#include <string>

namespace chaos::mock_providers {

namespace {

struct Row {
    int status;
    std::string_view code;
    std::string_view message;  ///< "{}" stands for the model
};

constexpr std::array rows = {
    Row{400, "INVALID_ARGUMENT", "Request contains an invalid argument."},
    Row{401, "UNAUTHENTICATED",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
        "authentication credential."},
    Row{402, "FAILED_PRECONDITION",
        "Your prepayment credits are depleted. Please go to AI Studio to manage your project and billing."},
    Row{403, "PERMISSION_DENIED", "The caller does not have permission"},
    Row{404, "NOT_FOUND",
        "models/{} is not found for API version v1beta, or is not supported for generateContent. Call ListModels to "
        "see the list of available models and their supported methods."},
    Row{408, "DEADLINE_EXCEEDED", "The request timed out."},
    Row{409, "ABORTED", "The operation was aborted."},
    Row{413, "INVALID_ARGUMENT", "Request payload size exceeds the limit: 20971520 bytes."},
    Row{429, "RESOURCE_EXHAUSTED",
        "You exceeded your current quota, please check your plan and billing details. For more information on this "
        "error, head to: https://ai.google.dev/gemini-api/docs/rate-limits."},
    Row{499, "CANCELLED", "The operation was cancelled."},
    Row{500, "INTERNAL", "An internal error has occurred. Please retry."},
    Row{501, "UNIMPLEMENTED", "Operation is not implemented, or supported, or enabled."},
    Row{502, "UNAVAILABLE", "The service is currently unavailable."},
    Row{503, "UNAVAILABLE", "The model is overloaded. Please try again later."},
    Row{504, "DEADLINE_EXCEEDED", "The request timed out. Please try again."},
    Row{529, "UNAVAILABLE", "The model is overloaded. Please try again later."},
};

const Row& row_of(int status)
{
    for (const Row& row : rows) {
        if (row.status == status) {
            return row;
        }
    }
    return row_of(status >= 500 ? 500 : 400);
}

}  // namespace

wire::ProviderError gemini_error(int status, std::string_view model)
{
    const Row& row = row_of(status);
    wire::ProviderError error;
    error.status = status;
    error.type = row.code;
    error.message = fmt::format(fmt::runtime(row.message), model);
    return error;
}

}  // namespace chaos::mock_providers
