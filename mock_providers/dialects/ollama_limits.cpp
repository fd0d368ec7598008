// Limits as Ollama has them: a plain sentence, and for a full queue the 503 that its scheduler gives.
#include "mock_providers/dialects/ollama.hpp"
#include "mock_providers/dialects/ollama_errors.hpp"
#include "mock_providers/dialects/retry_after.hpp"

namespace chaos::mock_providers {

net::http::Response Ollama::over_limit(const Api& api, std::string_view model, const OverLimit& over) const
{
    if (over.kind == LimitKind::concurrent) {
        return error_response(api, usual_error(503, model));
    }
    wire::ProviderError error = usual_error(429, model);
    if (over.kind == LimitKind::requests_per_day) {
        error.message = "you have reached your daily usage limit, please upgrade to continue";
    }
    net::http::Response response = error_response(api, error);
    if (over.wait) {
        response.head.headers.set("retry-after", whole_seconds(*over.wait));
    }
    return response;
}

}  // namespace chaos::mock_providers
