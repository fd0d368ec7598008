// Ollama's own API, as a client asks for it.
#pragma once

#include "router/apis/api.hpp"

namespace chaos::router {

class OllamaApi final : public Api {
public:
    Protocol protocol() const override { return Protocol::ollama; }
    std::string target(const std::string& base_path, const std::string& model, bool stream) const override;
    std::string models_target(const std::string& base_path) const override;
    void add_headers(net::http::Headers& headers, const std::string& key) const override;
    std::string write_request(const wire::ChatRequest& request) const override;
    bool is_stream(BodyKind kind) const override { return kind != BodyKind::html && kind != BodyKind::events; }
    std::unique_ptr<StreamReader> stream_reader(std::size_t turn) const override;
    WholeAnswer read_answer(std::string_view body, std::size_t turn, wire::json::Parser& parser) const override;
};

}  // namespace chaos::router
