// Requests to Ollama and what comes back.
#include "router/apis/ollama_api.hpp"

#include "wire/ndjson.hpp"
#include "wire/ollama_chat.hpp"

namespace chaos::router {
namespace {

/// Older servers give calls no ids; theirs are made of their place in the conversation.
std::string id_by_place(std::size_t turn, std::size_t nth)
{
    return "call_" + std::to_string(turn) + "_" + std::to_string(nth + 1);
}

class LineStreamReader final : public StreamReader {
public:
    explicit LineStreamReader(std::size_t turn) : turn_(turn) {}

    bool feed(std::string_view bytes, std::vector<StreamUnit>& units) override
    {
        texts_.clear();
        const bool fine = lines_.feed(bytes, texts_);
        for (const std::string& line : texts_) read(line, units.emplace_back());
        return fine;
    }
    void end(std::vector<StreamUnit>& units) override
    {
        if (!lines_.rest().empty()) read(lines_.rest(), units.emplace_back());
    }

private:
    void read(std::string_view line, StreamUnit& unit)
    {
        answer_.read(line, unit.deltas);
        for (wire::Delta& delta : unit.deltas) {
            auto* call = std::get_if<wire::delta::Call>(&delta);
            if (call != nullptr && call->id.empty()) {
                call->id = id_by_place(turn_, static_cast<std::size_t>(call->index));
            }
        }
    }

    std::size_t turn_;
    wire::NdjsonReader lines_;
    wire::ollama_chat::LineReader answer_;
    std::vector<std::string> texts_;
};

}  // namespace

std::string OllamaApi::target(const std::string& base_path, const std::string&, bool) const
{
    return base_path + (base_path.ends_with("/api") ? "/chat" : "/api/chat");
}

std::string OllamaApi::models_target(const std::string& base_path) const
{
    return base_path + (base_path.ends_with("/api") ? "/tags" : "/api/tags");
}

void OllamaApi::add_headers(net::http::Headers& headers, const std::string& key) const
{
    if (!key.empty()) headers.add("authorization", "Bearer " + key);
}

std::string OllamaApi::write_request(const wire::ChatRequest& request) const
{
    return wire::ollama_chat::write_request(request);
}

std::unique_ptr<StreamReader> OllamaApi::stream_reader(std::size_t turn) const
{
    return std::make_unique<LineStreamReader>(turn);
}

WholeAnswer OllamaApi::read_answer(std::string_view body, std::size_t turn, wire::json::Parser& parser) const
{
    WholeAnswer whole;
    auto read = wire::ollama_chat::read_answer(body, parser);
    whole.problem = std::move(read.problem);
    if (!read) return whole;
    whole.answer = std::move(read.value->answer);
    for (std::size_t i = 0; i < whole.answer.tool_calls.size(); ++i) {
        std::string& id = whole.answer.tool_calls[i].id;
        if (id.empty()) id = id_by_place(turn, i);
    }
    whole.error = std::move(read.value->error);
    whole.has_content = read.value->has_content;
    return whole;
}

}  // namespace chaos::router
