// Requests to Gemini and what comes back.
#include "router/apis/gemini_api.hpp"

#include <algorithm>

#include "router/apis/sse_reader.hpp"
#include "wire/gemini.hpp"

namespace chaos::router {
namespace {

class GeminiStreamReader final : public SseStreamReader {
public:
    explicit GeminiStreamReader(std::size_t turn) : chunks_(turn) {}

private:
    void read(const wire::SseEvent& event, StreamUnit& unit) override { chunks_.read(event, unit.deltas); }

    wire::gemini::ChunkReader chunks_;
};

}  // namespace

std::string GeminiApi::target(const std::string& base_path, const std::string& model, bool stream) const
{
    wire::ChatRequest request;
    request.model = model;
    request.stream = stream;
    std::string usual = wire::gemini::write_target(request);  // "/v1beta/models/..."
    if (base_path.empty()) return usual;
    const bool has_version = base_path.ends_with("/v1beta") || base_path.ends_with("/v1");
    return base_path + (has_version ? usual.substr(usual.find("/models/")) : usual);
}

std::string GeminiApi::models_target(const std::string& base_path) const
{
    const bool has_version = base_path.ends_with("/v1beta") || base_path.ends_with("/v1");
    return base_path + (has_version ? "/models" : "/v1beta/models");
}

void GeminiApi::add_headers(net::http::Headers& headers, const std::string& key) const
{
    if (!key.empty()) headers.add("x-goog-api-key", key);
}

std::string GeminiApi::write_request(const wire::ChatRequest& request) const
{
    return wire::gemini::write_request(request);
}

std::unique_ptr<StreamReader> GeminiApi::stream_reader(std::size_t turn) const
{
    return std::make_unique<GeminiStreamReader>(turn);
}

WholeAnswer GeminiApi::read_answer(std::string_view body, std::size_t turn, wire::json::Parser& parser) const
{
    WholeAnswer whole;
    auto read = wire::gemini::read_answer(body, turn, parser);
    whole.problem = std::move(read.problem);
    if (!read) return whole;
    whole.answer = std::move(read.value->answer);
    whole.error = std::move(read.value->error);
    whole.has_content = read.value->has_candidates || whole.answer.finish != wire::FinishReason::none;
    return whole;
}

Api::ErrorBody GeminiApi::read_error(int status, std::string_view body) const
{
    wire::gemini::ErrorBody read = wire::gemini::read_error(status, body);
    ErrorBody result{std::move(read.error), read.retry_delay};
    const auto of_days = [](const std::string& id) { return id.find("PerDay") != std::string::npos; };
    if (std::any_of(read.quota_ids.begin(), read.quota_ids.end(), of_days)) result.error.code = "quota_exceeded";
    return result;
}

}  // namespace chaos::router
