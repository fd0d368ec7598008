// anthropic: the Messages API, in both of its generations of version and key headers.
#pragma once

#include "mock_providers/dialects/dialect.hpp"

namespace chaos::mock_providers {

class Messages final : public Api {
public:
    wire::Read<wire::ChatRequest> read_request(const net::http::Request& request) const override;
    std::string write_answer(const wire::ChatAnswer& answer) const override;
    std::string_view keep_alive() const override { return "event: ping\ndata: {\"type\": \"ping\"}\n\n"; }
    std::string_view stream_content_type() const override { return "text/event-stream; charset=utf-8"; }
    std::unique_ptr<StreamWriter> stream_writer(const wire::ChatAnswer& answer, bool include_usage) const override;
    std::string write_error(const wire::ProviderError& error) const override;
    bool arguments_are_text(bool streamed) const override { return streamed; }
    std::string_view arguments_key() const override { return R"("input":)"; }
    std::string_view finish_key() const override { return R"("stop_reason":)"; }
    wire::FinishReason refusal_reason() const override { return wire::FinishReason::content_filter; }
    IdPrefixes id_prefixes() const override { return {"msg_", "toolu_"}; }
};

class Anthropic final : public Dialect {
public:
    std::string_view name() const override { return "anthropic"; }
    std::string_view summary() const override
    {
        return "Anthropic Messages: /v1/messages, /v1/messages/count_tokens, /v1/models; streamed and not";
    }
    SdkVariables sdk_variables() const override { return {"ANTHROPIC_BASE_URL", "", "ANTHROPIC_API_KEY"}; }
    std::vector<Endpoint> endpoints() const override;
    const Api* api_for(const net::http::RequestHead& head) const override;
    const Api& main_api() const override { return messages_; }
    net::http::Response page(const Asked& asked) const override;
    std::optional<wire::ProviderError> refusal(const net::http::RequestHead& head, const wire::ChatRequest& request,
                                               const ProviderSpec& spec) const override;
    wire::ProviderError usual_error(int status, std::string_view model) const override;
    void add_rate_limit_headers(net::http::Headers& headers, std::optional<net::Duration> retry_after) const override;
    net::http::Response over_limit(const Api& api, std::string_view model, const OverLimit& over) const override;
    void add_standing(net::http::Headers& headers, const std::vector<Standing>& standing,
                      net::WallTime now) const override;
    net::http::Headers usual_headers(const net::Chance& id) const override;

private:
    net::http::Response count_tokens(const Asked& asked) const;

    Messages messages_;
};

}  // namespace chaos::mock_providers
