// What a Responses output consists of and how it is spelt; whole answers and streams share it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/chat.hpp"

namespace chaos::wire::openai_responses::items {

/// The least that the vendor accepts as max_output_tokens.
inline constexpr std::int64_t least_output_tokens = 16;

enum class PartKind { text, refusal, reasoning };
struct ContentPart {
    PartKind kind = PartKind::text;
    std::string text;
};

enum class Kind { reasoning, message, call };
struct Item {
    Kind kind = Kind::message;
    std::string id;  ///< the item's own: "msg_...", "fc_...", "rs_..."; a call's other id links it with its output
    std::string_view status = "in_progress";  ///< or "completed", "incomplete"
    std::vector<ContentPart> parts;           ///< not of a call
    ToolCall call;
};
/// An item's own id, from the answer's and the item's place in the output: "resp_7" and 2 give "fc_7_2".
std::string item_id(Kind kind, std::string_view answer_id, std::size_t place);

/// How a response stands: its status, and why it is incomplete.
struct Ending {
    std::string_view status;
    std::string_view incomplete_reason;  ///< empty but for status incomplete
};
/// `as_spelt` is the reason of FinishReason::other, and must outlive the result.
Ending ending_of(FinishReason reason, std::string_view as_spelt);

/// Everything a response object says; what it refers to must outlive it.
struct Response {
    const delta::Start& identity;
    Ending ending;
    const std::vector<Item>& output;
    const std::optional<Usage>& usage;
    const ProviderError* error = nullptr;  ///< of status failed
};

/// Each appends JSON text.
void write_part(std::string& out, const ContentPart& part);
void write_item(std::string& out, const Item& item);
void write_response(std::string& out, const Response& response);
/// `,"name":"text"`
void append_member(std::string& out, std::string_view name, std::string_view text);

}  // namespace chaos::wire::openai_responses::items
