// OpenAI's two APIs, and whoever is compatible.
#pragma once

#include "router/apis/api.hpp"

namespace chaos::router {

class OpenAiChatApi final : public Api {
public:
    Protocol protocol() const override { return Protocol::openai_chat; }
    std::string target(const std::string& base_path, const std::string& model, bool stream) const override;
    std::string models_target(const std::string& base_path) const override;
    void add_headers(net::http::Headers& headers, const std::string& key) const override;
    std::string write_request(const wire::ChatRequest& request) const override;
    std::unique_ptr<StreamReader> stream_reader(std::size_t turn) const override;
    WholeAnswer read_answer(std::string_view body, std::size_t turn, wire::json::Parser& parser) const override;
    IdRule id_rule() const override { return {40, false, "call_"}; }
};

class OpenAiResponsesApi final : public Api {
public:
    Protocol protocol() const override { return Protocol::openai_responses; }
    std::string target(const std::string& base_path, const std::string& model, bool stream) const override;
    std::string models_target(const std::string& base_path) const override;
    void add_headers(net::http::Headers& headers, const std::string& key) const override;
    std::string write_request(const wire::ChatRequest& request) const override;
    std::unique_ptr<StreamReader> stream_reader(std::size_t turn) const override;
    WholeAnswer read_answer(std::string_view body, std::size_t turn, wire::json::Parser& parser) const override;
};

}  // namespace chaos::router
