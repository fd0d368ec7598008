// Nothing secret leaves the router: known keys and whatever looks like one are struck out of text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace chaos::router {

class Redactor {
public:
    /// Every occurrence of these is struck out, whatever surrounds it. Empty ones are ignored.
    explicit Redactor(std::vector<std::string> secrets);
    Redactor() = default;

    /// `text` with known secrets, `sk-...` keys, `Bearer ...` and `key=...` values replaced by "[redacted]".
    std::string clean(std::string_view text) const;
    /// The same in place. Most texts have no secret in them, and are only looked at.
    void clean_up(std::string& text) const
    {
        if (!text.empty() && may_hold_secret(text)) text = clean(text);
    }

private:
    bool may_hold_secret(std::string_view text) const;

    std::vector<std::string> secrets_;  ///< longest first, so that no secret hides within another
};

}  // namespace chaos::router
