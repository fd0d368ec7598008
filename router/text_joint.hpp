// Where a text that broke off and its continuation by another model join: nothing twice, nothing left out.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace chaos::router {

/// The last words of a text, which a continuation is asked to begin with: that is how it shows where it goes on.
std::string_view last_words(std::string_view text);
/// What the next model is told.
std::string continuation_request(std::string_view said);

/// Takes a continuation piece by piece. It must begin with the last words of what was said, or with more of it, up to
/// everything; that much is dropped, and what follows is new.
class TextJoint {
public:
    explicit TextJoint(std::string said) : said_(std::move(said)) {}

    /// What of the text so far is new; nothing yet while that is not certain.
    std::string add(std::string_view piece);
    /// It does not join: it begins elsewhere.
    bool failed() const { return failed_; }
    /// It has been seen to join.
    bool joined() const { return joined_; }
    /// No more is to come: it joined, or said the last words again and had nothing to add.
    bool complete() const;

private:
    bool may_be_inside() const;

    std::string said_;
    std::string held_;
    bool joined_ = false;
    bool failed_ = false;
};

}  // namespace chaos::router
