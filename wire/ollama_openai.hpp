// What Ollama's OpenAI-compatible API writes: like Chat Completions, but for what Ollama leaves out or does its own
// way.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wire/chat.hpp"
#include "wire/read.hpp"
#include "wire/whole_calls.hpp"

namespace chaos::wire::ollama_openai {

/// Read as strictly as Chat Completions. What Ollama does not know has no effect: tool_choice, and
/// max_completion_tokens; `max_tokens` alone limits. Any reasoning_effort but "none" asks for reasoning.
Read<ChatRequest> read_request(std::string_view body);
/// Without logprobs, service_tier and refusal; with the fingerprint "fp_ollama". A turn ends with tool_calls only if it
/// has any and its own reason was no other than stop.
std::string write_answer(const ChatAnswer& answer);

/// Writes the events of one streamed answer. The role goes with the first piece; a call goes out whole.
class ChunkWriter {
public:
    /// `identity`: id, model and created, equal in every chunk. Only with `include_usage` the counts are written.
    ChunkWriter(delta::Start identity, bool include_usage)
        : identity_(std::move(identity)), include_usage_(include_usage)
    {
    }

    /// An error in the middle is not passed on: it becomes a chunk without content, as Ollama has it.
    void write(std::string& out, const Delta& delta);
    /// Appends what there is of the event of a call that is not complete.
    void break_off(std::string& out) const;

private:
    void write_chunk(std::string& out, std::string_view members, std::string_view finish = {});
    void write_calls(std::string& out, const std::vector<ToolCall>& calls);
    void write_finish(std::string& out, const delta::Finish& finish);
    std::string chunk_head() const;

    delta::Start identity_;
    bool include_usage_;
    bool role_sent_ = false;
    WholeCalls calls_;
    int calls_sent_ = 0;
};

/// Models belong to the library.
std::string write_models(const std::vector<std::string>& models, std::int64_t created);
std::string write_model(std::string_view model, std::int64_t created);

}  // namespace chaos::wire::ollama_openai
