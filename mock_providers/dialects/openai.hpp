// openai: Chat Completions and Responses under /v1, as OpenAI and the servers that copy it speak.
#pragma once

#include "mock_providers/dialects/dialect.hpp"

namespace chaos::mock_providers {

class ChatCompletions final : public Api {
public:
    wire::Read<wire::ChatRequest> read_request(const net::http::Request& request) const override;
    std::string write_answer(const wire::ChatAnswer& answer) const override;
    std::string_view stream_content_type() const override { return "text/event-stream; charset=utf-8"; }
    std::unique_ptr<StreamWriter> stream_writer(const wire::ChatAnswer& answer, bool include_usage) const override;
    std::string write_error(const wire::ProviderError& error) const override;
    bool arguments_are_text(bool) const override { return true; }
    std::string_view arguments_key() const override { return R"("arguments":)"; }
    bool call_pieces_have_indices() const override { return true; }
    IdPrefixes id_prefixes() const override { return {"chatcmpl-", "call_"}; }
};

/// Without what the vendor keeps: an answer can be had once, and nothing can go on from it but the whole conversation.
class Responses final : public Api {
public:
    wire::Read<wire::ChatRequest> read_request(const net::http::Request& request) const override;
    std::string write_answer(const wire::ChatAnswer& answer) const override;
    std::string_view stream_content_type() const override { return "text/event-stream; charset=utf-8"; }
    std::unique_ptr<StreamWriter> stream_writer(const wire::ChatAnswer& answer, bool include_usage) const override;
    std::string write_error(const wire::ProviderError& error) const override;
    bool arguments_are_text(bool) const override { return true; }
    std::string_view arguments_key() const override { return R"("arguments":)"; }
    std::string_view finish_key() const override { return ""; }
    IdPrefixes id_prefixes() const override { return {"resp_", "call_"}; }
};

class OpenAi final : public Dialect {
public:
    std::string_view name() const override { return "openai"; }
    std::string_view summary() const override
    {
        return "OpenAI Chat Completions and Responses: /v1/chat/completions, /v1/responses, /v1/models; streamed and "
               "not";
    }
    SdkVariables sdk_variables() const override { return {"OPENAI_BASE_URL", "/v1", "OPENAI_API_KEY"}; }
    std::vector<Endpoint> endpoints() const override;
    const Api* api_for(const net::http::RequestHead& head) const override;
    const Api& main_api() const override { return chat_completions_; }
    net::http::Response page(const Asked& asked) const override;
    std::optional<wire::ProviderError> refusal(const net::http::RequestHead& head, const wire::ChatRequest& request,
                                               const ProviderSpec& spec) const override;
    wire::ProviderError usual_error(int status, std::string_view model) const override;
    void add_rate_limit_headers(net::http::Headers& headers, std::optional<net::Duration> retry_after) const override;
    /// retry-after-ms says it in milliseconds.
    net::Duration told_wait(net::Duration wait) const override;
    net::http::Response over_limit(const Api& api, std::string_view model, const OverLimit& over) const override;
    void add_standing(net::http::Headers& headers, const std::vector<Standing>& standing,
                      net::WallTime now) const override;
    net::http::Headers usual_headers(const net::Chance& id) const override;

private:
    net::http::Response not_found(const Asked& asked) const;
    net::http::Response wrong_method(const Asked& asked, std::string_view allowed) const;
    net::http::Response models(const Asked& asked) const;

    ChatCompletions chat_completions_;
    Responses responses_;
};

}  // namespace chaos::mock_providers
