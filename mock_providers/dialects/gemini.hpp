// gemini: generateContent under /v1beta, as Google's Gemini API speaks.
#pragma once

#include "mock_providers/dialects/dialect.hpp"

namespace chaos::mock_providers {

/// One method of a model: an answer as a whole, or streamed as events (alt=sse) or as one JSON array.
class GenerateContent final : public Api {
public:
    enum class Form { whole, events, array };
    explicit GenerateContent(Form form) : form_(form) {}

    wire::Read<wire::ChatRequest> read_request(const net::http::Request& request) const override;
    std::string write_answer(const wire::ChatAnswer& answer) const override;
    std::string_view stream_content_type() const override;
    std::unique_ptr<StreamWriter> stream_writer(const wire::ChatAnswer& answer, bool include_usage) const override;
    std::string write_error(const wire::ProviderError& error) const override;
    /// An error's body where an array was asked for: its one element.
    std::string framed(std::string error) const;
    bool arguments_are_text(bool) const override { return false; }
    /// By finishReason MALFORMED_FUNCTION_CALL.
    bool shows_broken_arguments(bool) const override { return true; }
    std::string_view arguments_key() const override { return R"("args":)"; }
    std::string_view finish_key() const override { return R"("finishReason":)"; }
    wire::FinishReason refusal_reason() const override { return wire::FinishReason::content_filter; }
    IdPrefixes id_prefixes() const override { return {"", ""}; }

private:
    Form form_;
};

class Gemini final : public Dialect {
public:
    std::string_view name() const override { return "gemini"; }
    std::string_view summary() const override
    {
        return "Gemini API: /v1beta/models, :generateContent, :streamGenerateContent, :countTokens; streamed (events or "
               "a JSON array) and not";
    }
    SdkVariables sdk_variables() const override { return {"GOOGLE_GEMINI_BASE_URL", "", "GEMINI_API_KEY"}; }
    std::vector<Endpoint> endpoints() const override;
    const Api* api_for(const net::http::RequestHead& head) const override;
    const Api& main_api() const override { return whole_; }
    net::http::Response page(const Asked& asked) const override;
    std::optional<wire::ProviderError> refusal(const net::http::RequestHead& head, const wire::ChatRequest& request,
                                               const ProviderSpec& spec) const override;
    wire::ProviderError usual_error(int status, std::string_view model) const override;
    wire::ProviderError unreadable(std::string_view problem, std::string_view model) const override;
    /// No header says it here: see rate_limit().
    void add_rate_limit_headers(net::http::Headers&, std::optional<net::Duration>) const override {}
    net::http::Response rate_limit(const Api& api, std::string_view model,
                                   std::optional<net::Duration> retry_after) const override;
    RateWindow usual_window() const override { return RateWindow::fixed; }
    /// RetryInfo says it to the nanosecond.
    net::Duration told_wait(net::Duration wait) const override { return wait; }
    net::http::Response over_limit(const Api& api, std::string_view model, const OverLimit& over) const override;
    net::http::Headers usual_headers(const net::Chance& id) const override;

private:
    GenerateContent whole_{GenerateContent::Form::whole};
    GenerateContent events_{GenerateContent::Form::events};
    GenerateContent array_{GenerateContent::Form::array};
};

}  // namespace chaos::mock_providers
