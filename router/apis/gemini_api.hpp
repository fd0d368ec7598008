// Google's Gemini API, as a client asks for it.
#pragma once

#include "router/apis/api.hpp"

namespace chaos::router {

class GeminiApi final : public Api {
public:
    Protocol protocol() const override { return Protocol::gemini; }
    std::string target(const std::string& base_path, const std::string& model, bool stream) const override;
    std::string models_target(const std::string& base_path) const override;
    void add_headers(net::http::Headers& headers, const std::string& key) const override;
    std::string write_request(const wire::ChatRequest& request) const override;
    std::unique_ptr<StreamReader> stream_reader(std::size_t turn) const override;
    WholeAnswer read_answer(std::string_view body, std::size_t turn, wire::json::Parser& parser) const override;
    /// RetryInfo says how long to stay away; a quota of days is no limit of speed.
    ErrorBody read_error(int status, std::string_view body) const override;
};

}  // namespace chaos::router
