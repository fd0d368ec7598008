// One row a capability.
#include "router/capabilities.hpp"

#include <algorithm>
#include <array>

#include "wire/data_url.hpp"

namespace chaos::router {
namespace {

using wire::ChatRequest;
using wire::Message;
using wire::Part;
using wire::ResponseFormat;
using wire::ToolChoice;

using ProtocolSet = unsigned;
constexpr ProtocolSet bit(Protocol protocol)
{
    return 1U << static_cast<unsigned>(protocol);
}
constexpr ProtocolSet CC = bit(Protocol::openai_chat);
constexpr ProtocolSet RS = bit(Protocol::openai_responses);
constexpr ProtocolSet AN = bit(Protocol::anthropic);
constexpr ProtocolSet OL = bit(Protocol::ollama);
constexpr ProtocolSet GM = bit(Protocol::gemini);
constexpr ProtocolSet everybody = CC | RS | AN | OL | GM;

template <class Predicate>
bool any_part(const ChatRequest& request, Predicate predicate)
{
    return std::any_of(request.messages.begin(), request.messages.end(), [&](const Message& message) {
        return std::any_of(message.content.begin(), message.content.end(), predicate);
    });
}

template <Part::Kind kind>
bool has_part(const ChatRequest& request)
{
    return any_part(request, [](const Part& part) { return part.kind == kind; });
}

template <Part::Kind kind>
bool has_part_elsewhere(const ChatRequest& request)
{
    return any_part(request, [](const Part& part) { return part.kind == kind && !wire::read_data_url(part.text); });
}

bool has_gif(const ChatRequest& request)
{
    return any_part(request, [](const Part& part) {
        const std::string_view type = wire::read_data_url(part.text).media_type;
        return part.kind == Part::Kind::image &&
               (type == "image/gif" || type == "image/heic" || type == "image/heif" || type == "image/bmp");
    });
}

bool has_odd_image(const ChatRequest& request)
{
    return any_part(request, [](const Part& part) {
        const std::string_view type = wire::read_data_url(part.text).media_type;
        return part.kind == Part::Kind::image && (type == "image/heic" || type == "image/heif" || type == "image/bmp");
    });
}

bool has_detail(const ChatRequest& request)
{
    return any_part(request, [](const Part& part) { return !part.detail.empty() && part.detail != "auto"; });
}

bool has_sealed_reasoning(const ChatRequest& request)
{
    return std::any_of(request.messages.begin(), request.messages.end(), [](const Message& message) {
        return std::any_of(message.reasoning.begin(), message.reasoning.end(), [](const wire::Reasoning& thought) {
            return thought.bound_to != wire::Vendor::none || !thought.seal.empty();
        });
    });
}

/// The last word is the assistant's, and the model is to go on from it.
bool is_prefilled(const ChatRequest& request)
{
    return !request.messages.empty() && request.messages.back().role == wire::Role::assistant &&
           request.messages.back().tool_calls.empty() && !request.messages.back().content.empty();
}

bool has_late_system(const ChatRequest& request)
{
    bool others = false;
    for (const Message& message : request.messages) {
        if (message.role == wire::Role::system && others) return true;
        others = others || message.role != wire::Role::system;
    }
    return false;
}

bool chooses_tool(const ChatRequest& request)
{
    return request.tool_choice.kind == ToolChoice::Kind::required ||
           request.tool_choice.kind == ToolChoice::Kind::named;
}

template <std::size_t most>
bool has_many_stops(const ChatRequest& request)
{
    return request.stop.size() > most;
}

bool has_strict_tool(const ChatRequest& request)
{
    return std::any_of(request.tools.begin(), request.tools.end(),
                       [](const wire::ToolSpec& tool) { return tool.strict == true; });
}

bool has_freeform_tool(const ChatRequest& request)
{
    return std::any_of(request.tools.begin(), request.tools.end(),
                       [](const wire::ToolSpec& tool) { return tool.freeform; });
}

/// Google wants a letter or an underscore first.
bool has_odd_tool_name(const ChatRequest& request)
{
    return std::any_of(request.tools.begin(), request.tools.end(), [](const wire::ToolSpec& tool) {
        const char c = tool.name.empty() ? '0' : tool.name.front();
        return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_');
    });
}

bool wants_json_schema(const ChatRequest& request)
{
    return request.format.kind == ResponseFormat::Kind::json_schema;
}

struct CapabilityRow {
    std::string_view word;
    bool hard;
    ProtocolSet had_by;
    bool (*needed)(const ChatRequest&);
    std::string_view meaning;
    void (*leave_out)(ChatRequest&) = nullptr;  ///< unless the writers leave it out by themselves
    ProtocolSet had_by_some = 0;                ///< by some models: who does not know it refuses the request
};

const std::array capability_rows{
    CapabilityRow{"images", true, everybody, has_part<Part::Kind::image>, "pictures in the conversation"},
    CapabilityRow{"image_urls", true, CC | RS | AN | GM, has_part_elsewhere<Part::Kind::image>,
                  "pictures that are only named by their address"},
    CapabilityRow{"gif_images", true, CC | RS | AN | GM, has_gif, "pictures other than JPEG, PNG and WebP"},
    CapabilityRow{"heic_images", true, GM, has_odd_image, "pictures other than JPEG, PNG, WebP and GIF"},
    CapabilityRow{"image_detail", false, CC | RS, has_detail, "how closely to look at a picture"},
    CapabilityRow{"documents", true, CC | RS | AN | GM, has_part<Part::Kind::document>, "PDFs in the conversation"},
    CapabilityRow{"document_urls", true, RS | AN | GM, has_part_elsewhere<Part::Kind::document>,
                  "PDFs that are only named by their address"},
    CapabilityRow{"audio", true, CC | RS | GM, has_part<Part::Kind::audio>, "sounds in the conversation"},
    CapabilityRow{"uploaded_files", true, 0, has_part<Part::Kind::other>,
                  "what only the vendor of the caller's API can read, such as a file kept there"},
    CapabilityRow{"tools", true, everybody, [](const ChatRequest& r) { return !r.tools.empty(); }, "tools"},
    CapabilityRow{"tool_choice", true, CC | RS | AN | GM, chooses_tool,
                  "that some tool, or one of them, must be called"},
    CapabilityRow{"strict_tools", false, CC | RS | AN, has_strict_tool, "that arguments follow the schema exactly"},
    CapabilityRow{"tool_names", true, CC | RS | AN | OL, has_odd_tool_name,
                  "names of tools that begin with neither letter nor underscore"},
    CapabilityRow{"freeform_tools", true, 0, has_freeform_tool, "tools whose argument is any text"},
    CapabilityRow{"hosted_tools", true, 0, [](const ChatRequest& r) { return !r.hosted_tools.empty(); },
                  "tools that the vendor carries out"},
    CapabilityRow{"stored_answers", true, 0, [](const ChatRequest& r) { return !r.previous_answer.empty(); },
                  "going on from an answer that the vendor kept"},
    CapabilityRow{"json", true, CC | RS | OL | GM,
                  [](const ChatRequest& r) { return r.format.kind == ResponseFormat::Kind::json_object; },
                  "that the answer is JSON"},
    CapabilityRow{"json_schema", true, everybody, wants_json_schema, "that the answer follows a schema"},
    CapabilityRow{"prefill", true, AN | OL, is_prefilled, "going on from the assistant's own words"},
    CapabilityRow{"stop", true, CC | AN | OL | GM, has_many_stops<0>, "words at which the model stops"},
    CapabilityRow{"many_stops", true, AN | OL | GM, has_many_stops<4>, "more than four such words"},
    CapabilityRow{"five_stops", true, AN | OL, has_many_stops<5>, "more than five such words"},
    CapabilityRow{"choices", true, 0, [](const ChatRequest& r) { return r.choices > 1; }, "several answers at once"},
    CapabilityRow{"sealed_reasoning", false, 0, has_sealed_reasoning,
                  "what a model thought, sealed so that only its own vendor can read it",
                  [](ChatRequest& r) {
                      for (Message& message : r.messages) message.reasoning.clear();
                  }},
    CapabilityRow{"reasoning_effort", false, CC | RS | OL | GM,
                  [](const ChatRequest& r) { return !r.reasoning_effort.empty(); }, "how much to think",
                  [](ChatRequest& r) { r.reasoning_effort.clear(); }, AN},
    CapabilityRow{"reasoning_budget", false, GM, [](const ChatRequest& r) { return r.reasoning_budget.has_value(); },
                  "how many tokens to think", [](ChatRequest& r) { r.reasoning_budget.reset(); }},
    CapabilityRow{"logprobs", false, 0, [](const ChatRequest& r) { return r.logprobs; }, "how likely each token was"},
    CapabilityRow{"temperature_above_1", false, CC | RS | OL | GM,
                  [](const ChatRequest& r) { return r.sampling.temperature.value_or(0) > 1; },
                  "a temperature above 1 (1 is sent)"},
    CapabilityRow{"temperature", false, everybody,
                  [](const ChatRequest& r) { return r.sampling.temperature.has_value(); }, "a temperature",
                  [](ChatRequest& r) { r.sampling.temperature.reset(); }},
    CapabilityRow{"top_p", false, everybody, [](const ChatRequest& r) { return r.sampling.top_p.has_value(); },
                  "a nucleus to sample from", [](ChatRequest& r) { r.sampling.top_p.reset(); }},
    CapabilityRow{"top_k", false, AN | OL | GM, [](const ChatRequest& r) { return r.sampling.top_k.has_value(); },
                  "how many tokens to sample from", [](ChatRequest& r) { r.sampling.top_k.reset(); }},
    CapabilityRow{"seed", false, CC | OL | GM, [](const ChatRequest& r) { return r.sampling.seed.has_value(); },
                  "a seed", [](ChatRequest& r) { r.sampling.seed.reset(); }},
    CapabilityRow{"penalties", false, CC | OL | GM,
                  [](const ChatRequest& r) {
                      return r.sampling.presence_penalty.has_value() || r.sampling.frequency_penalty.has_value();
                  },
                  "penalties of presence and frequency",
                  [](ChatRequest& r) {
                      r.sampling.presence_penalty.reset();
                      r.sampling.frequency_penalty.reset();
                  }},
    CapabilityRow{"user", false, CC | RS | AN, [](const ChatRequest& r) { return !r.user.empty(); },
                  "whom the caller asks for"},
    CapabilityRow{"system_order", false, CC | RS | OL, has_late_system,
                  "where in the conversation a system message stands"},
    CapabilityRow{"cache_control", false, 0, [](const ChatRequest& r) { return r.cache_hints; },
                  "what is worth keeping in the vendor's cache"},
};

bool listed(const std::vector<std::string>& words, std::string_view word)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// Top-level members that change what an answer is, not only how it comes about.
bool is_essential(std::string_view member)
{
    return member == "audio" || member == "mcp_servers" || member == "container" || member == "functions" ||
           member == "function_call" || member == "background" || member == "conversation" || member == "prompt";
}

}  // namespace

Gap gap_between(const ChatRequest& request, Protocol to, const std::vector<std::string>& lacks,
                const std::vector<std::string>& has_by_configuration)
{
    Gap gap;
    for (const CapabilityRow& row : capability_rows) {
        const ProtocolSet had_by = row.had_by | (listed(has_by_configuration, row.word) ? row.had_by_some : 0);
        const bool has = (had_by & bit(to)) != 0 && !listed(lacks, row.word);
        if (has || !row.needed(request)) continue;
        if (row.hard && gap.hard.empty()) gap.hard = row.word;
        if (!row.hard) gap.soft.emplace_back(row.word);
    }
    for (const std::string& member : request.unknown) {
        if (is_essential(member) && gap.hard.empty()) gap.hard = member;
        if (!is_essential(member)) gap.soft.push_back(member);
    }
    return gap;
}

std::string missing(const ChatRequest& request, const std::vector<std::string>& lacks)
{
    for (const CapabilityRow& row : capability_rows) {
        if (row.hard && listed(lacks, row.word) && row.needed(request)) return std::string(row.word);
    }
    return {};
}

void leave_out(ChatRequest& request, const std::vector<std::string>& soft)
{
    for (const CapabilityRow& row : capability_rows) {
        if (row.leave_out != nullptr && listed(soft, row.word)) row.leave_out(request);
    }
}

std::vector<CapabilityDoc> capabilities()
{
    std::vector<CapabilityDoc> docs;
    for (const CapabilityRow& row : capability_rows) {
        CapabilityDoc doc{row.word, row.hard, {}, {}, row.meaning};
        for (const Protocol protocol : {Protocol::openai_chat, Protocol::openai_responses, Protocol::anthropic,
                                        Protocol::ollama, Protocol::gemini}) {
            if ((row.had_by & bit(protocol)) != 0) doc.had_by.push_back(protocol);
            if ((row.had_by_some & bit(protocol)) != 0) doc.had_by_some.push_back(protocol);
        }
        docs.push_back(std::move(doc));
    }
    return docs;
}

}  // namespace chaos::router
