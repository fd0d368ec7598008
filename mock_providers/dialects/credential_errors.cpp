// One row a vendor and kind.
#include "mock_providers/dialects/credential_errors.hpp"

#include <fmt/format.h>

#include <array>
#include <string>

namespace chaos::mock_providers {

namespace {

struct CredentialErrorRow {
    std::string_view dialect;
    CredentialKind kind;
    int status;
    std::string_view type;  ///< empty: the usual one of the status
    std::string_view code;
    std::string_view message;  ///< "{}" stands for the model
};

constexpr std::array credential_error_rows = {
    CredentialErrorRow{"openai", CredentialKind::invalid_key, 401, "invalid_request_error", "invalid_api_key",
                       "Incorrect API key provided: sk-mock***key. You can find your API key at "
                       "https://platform.openai.com/account/api-keys."},
    CredentialErrorRow{
        "openai", CredentialKind::expired, 401, "invalid_request_error", "account_deactivated",
        "The OpenAI account associated with this API key has been deactivated. If you are the account owner and need "
        "further assistance, please contact us through our help center at help.openai.com."},
    CredentialErrorRow{"openai", CredentialKind::no_permission, 403, "invalid_request_error", "model_not_found",
                       "Project `proj_mock` does not have access to model `{}`."},
    CredentialErrorRow{"openai", CredentialKind::billing, 429, "billing_not_active", "billing_not_active",
                       "Your account is not active, please check your billing details on our website."},
    CredentialErrorRow{"anthropic", CredentialKind::invalid_key, 401, "", "", "invalid x-api-key"},
    CredentialErrorRow{"anthropic", CredentialKind::expired, 401, "", "",
                       "OAuth token has expired. Please obtain a new token or refresh your existing token."},
    CredentialErrorRow{"anthropic", CredentialKind::no_permission, 403, "", "",
                       "Your API key does not have permission to use the specified resource"},
    CredentialErrorRow{"anthropic", CredentialKind::billing, 400, "", "",
                       "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to "
                       "upgrade or purchase "
                       "credits."},
    CredentialErrorRow{"gemini", CredentialKind::invalid_key, 400, "", "API_KEY_INVALID",
                       "API key not valid. Please pass a valid API key."},
    CredentialErrorRow{"gemini", CredentialKind::expired, 400, "", "API_KEY_INVALID",
                       "API key expired. Please renew the API key."},
    CredentialErrorRow{"gemini", CredentialKind::no_permission, 403, "", "API_KEY_SERVICE_BLOCKED",
                       "Requests to this API generativelanguage.googleapis.com method "
                       "google.ai.generativelanguage.v1beta.GenerativeService.GenerateContent are blocked."},
    CredentialErrorRow{
        "gemini", CredentialKind::billing, 400, "FAILED_PRECONDITION", "",
        "Gemini API free tier is not available in your country. Please enable billing on your project in Google AI "
        "Studio."},
    CredentialErrorRow{"ollama", CredentialKind::invalid_key, 401, "", "", "unauthorized"},
    CredentialErrorRow{"ollama", CredentialKind::no_permission, 403, "", "",
                       "this model requires a subscription, upgrade for access: https://ollama.com/upgrade"},
};

}  // namespace

std::optional<wire::ProviderError> credential_error(const Dialect& dialect, CredentialKind kind, std::string_view model)
{
    for (const CredentialErrorRow& row : credential_error_rows) {
        if (row.dialect != dialect.name() || row.kind != kind) continue;
        wire::ProviderError error = dialect.usual_error(row.status, model);
        if (!row.type.empty()) error.type = row.type;
        error.code = row.code;
        error.message = fmt::format(fmt::runtime(row.message), model);
        return error;
    }
    return std::nullopt;
}

}  // namespace chaos::mock_providers
