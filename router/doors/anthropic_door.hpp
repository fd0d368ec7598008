// Callers of Anthropic Messages.
#pragma once

#include "router/doors/door.hpp"

namespace chaos::router {

class AnthropicDoor final : public Door {
public:
    Protocol protocol() const override { return Protocol::anthropic; }
    bool read_facts(FactsReader& reader, std::string_view body, RequestFacts& facts,
                    std::string& problem) const override;
    wire::Read<wire::ChatRequest> read(std::string_view body) const override;
    std::optional<std::string> append_user_message(std::string_view body, std::string_view text) const override;
    std::optional<std::string> without_sealed_reasoning(std::string_view body) const override;
    std::string write_answer(const wire::ChatAnswer& answer) const override;
    std::unique_ptr<StreamWriter> stream_writer(AnswerIdentity identity) const override;
    net::http::Response error_response(const SurfacedError& error, const Redactor& redactor) const override;
    std::string write_models(const std::vector<std::string>& models, std::int64_t created) const override;
    IdRule id_rule() const override { return {64, true, "toolu_"}; }
    std::string_view answer_prefix() const override { return "msg_"; }
};

}  // namespace chaos::router
