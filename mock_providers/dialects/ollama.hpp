// ollama: its own /api/chat and /api/generate, and Chat Completions under /v1 as it copies them.
#pragma once

#include "mock_providers/dialects/dialect.hpp"
#include "wire/ollama_chat.hpp"

namespace chaos::mock_providers {

/// Lines of JSON, streamed unless the request says otherwise; calls go whole, and their arguments are objects.
class OllamaNative final : public Api {
public:
    explicit OllamaNative(wire::ollama_chat::Endpoint endpoint) : endpoint_(endpoint) {}

    wire::Read<wire::ChatRequest> read_request(const net::http::Request& request) const override;
    std::string write_answer(const wire::ChatAnswer& answer) const override;
    std::string_view stream_content_type() const override { return "application/x-ndjson"; }
    std::unique_ptr<StreamWriter> stream_writer(const wire::ChatAnswer& answer, bool include_usage) const override;
    std::string write_error(const wire::ProviderError& error) const override;
    bool arguments_are_text(bool) const override { return false; }
    std::string_view arguments_key() const override { return R"("arguments":)"; }
    std::string_view finish_key() const override { return R"("done_reason":)"; }
    /// Answers have no ids.
    IdPrefixes id_prefixes() const override { return {"", "call_"}; }

private:
    wire::ollama_chat::Endpoint endpoint_;
};

/// Chat Completions by way of the native API: calls go whole here, too, and their text is always an object's.
class OllamaChatCompletions final : public Api {
public:
    wire::Read<wire::ChatRequest> read_request(const net::http::Request& request) const override;
    std::string write_answer(const wire::ChatAnswer& answer) const override;
    std::string_view stream_content_type() const override { return "text/event-stream"; }
    std::unique_ptr<StreamWriter> stream_writer(const wire::ChatAnswer& answer, bool include_usage) const override;
    std::string write_error(const wire::ProviderError& error) const override;
    bool arguments_are_text(bool) const override { return false; }
    std::string_view arguments_key() const override { return R"("arguments":)"; }
    IdPrefixes id_prefixes() const override { return {"chatcmpl-", "call_"}; }
};

/// A long prompt is never refused: what is beyond the context window is cut off in silence.
class Ollama final : public Dialect {
public:
    std::string_view name() const override { return "ollama"; }
    std::string_view summary() const override
    {
        return "Ollama: /api/chat, /api/generate, /api/tags, /api/ps, /api/show, /api/version, and its "
               "OpenAI-compatible "
               "/v1/chat/completions, /v1/models; streamed and not";
    }
    SdkVariables sdk_variables() const override { return {"OLLAMA_HOST", "", ""}; }
    std::vector<Endpoint> endpoints() const override;
    const Api* api_for(const net::http::RequestHead& head) const override;
    const Api& main_api() const override { return chat_; }
    net::http::Response page(const Asked& asked) const override;
    /// Without messages: the model is loaded, or with keep_alive 0 unloaded.
    std::optional<net::http::Response> aside(const Asked& asked, const wire::ChatRequest& request) const override;
    std::optional<wire::ProviderError> refusal(const net::http::RequestHead& head, const wire::ChatRequest& request,
                                               const ProviderSpec& spec) const override;
    wire::ProviderError usual_error(int status, std::string_view model) const override;
    /// In the reader's words alone.
    wire::ProviderError unreadable(std::string_view problem, std::string_view model) const override;
    void add_rate_limit_headers(net::http::Headers& headers, std::optional<net::Duration> retry_after) const override;
    RateWindow usual_window() const override { return RateWindow::fixed; }
    net::http::Response over_limit(const Api& api, std::string_view model, const OverLimit& over) const override;
    /// None.
    net::http::Headers usual_headers(const net::Chance& id) const override;

private:
    net::http::Response models_page(const Asked& asked) const;
    net::http::Response show_page(const Asked& asked) const;

    OllamaNative chat_{wire::ollama_chat::Endpoint::chat};
    OllamaNative generate_{wire::ollama_chat::Endpoint::generate};
    OllamaChatCompletions chat_completions_;
};

}  // namespace chaos::mock_providers
