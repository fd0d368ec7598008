// Joining texts.
#include "router/text_joint.hpp"

#include <algorithm>

namespace chaos::router {
namespace {

constexpr std::size_t anchor_bytes = 48;

bool begins_character(char c)
{
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

}  // namespace

std::string_view last_words(std::string_view text)
{
    if (text.size() <= anchor_bytes) return text;
    std::size_t at = text.size() - anchor_bytes;
    while (at < text.size() && !begins_character(text[at])) ++at;
    return text.substr(at);
}

std::string continuation_request(std::string_view said)
{
    std::string words =
        "Your last message was cut off in the middle. Go on with it. Begin with its last words, exactly "
        "as they stand between the lines below, and then continue from there. Add nothing else.\n---\n";
    words.append(last_words(said)).append("\n---");
    return words;
}

/// What is held stands somewhere in what was said: whether it reaches the end there is still open.
bool TextJoint::may_be_inside() const
{
    return said_.find(held_) != std::string::npos;
}

bool TextJoint::complete() const
{
    const bool only_the_last_words = held_.size() >= last_words(said_).size() && said_.ends_with(held_);
    return joined_ || (!failed_ && only_the_last_words);
}

std::string TextJoint::add(std::string_view piece)
{
    if (failed_) return {};
    if (joined_) return std::string(piece);
    held_ += piece;
    if (may_be_inside()) return {};
    const std::size_t least = last_words(said_).size();
    for (std::size_t k = std::min(held_.size(), said_.size()); k >= least && k > 0; --k) {
        if (!std::string_view(said_).ends_with(std::string_view(held_).substr(0, k))) continue;
        joined_ = true;
        return held_.substr(k);
    }
    // Models like to begin with a line break.
    const bool blank = held_.find_first_of(" \r\n") == 0;
    if (blank) {
        const std::string rest = held_.substr(std::min(held_.find_first_not_of(" \r\n"), held_.size()));
        held_.clear();
        return rest.empty() ? std::string() : add(rest);
    }
    failed_ = true;
    return {};
}

}  // namespace chaos::router
