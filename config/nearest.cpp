// The nearest spelling of a word, for "did you mean".
#include <fmt/format.h>

#include <algorithm>

#include "config/document.hpp"

namespace chaos::config {

namespace {

/// Longer words are nobody's typing errors, and the distance costs their product.
constexpr std::size_t longest_word = 64;

/// Differences that are no mistake of the mind: capitals, and a hyphen or space for an underscore.
std::string folded(std::string_view word)
{
    std::string result;
    for (char c : word) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        result += c == '-' || c == ' ' ? '_' : c;
    }
    return result;
}

/// Edits (insert, delete, replace, swap of neighbours) that lead from `a` to `b`: the restricted Damerau-Levenshtein
/// distance.
std::size_t edit_distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> before_last;
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
        before_last = last;
        last = row;
    }
    return last[b.size()];
}

/// A third of the longer word may be wrong, at least one letter, but never all of the shorter one.
bool near_enough(std::size_t distance, std::size_t length_a, std::size_t length_b)
{
    std::size_t allowed = std::max<std::size_t>(1, std::max(length_a, length_b) / 3);
    return distance <= allowed && distance < std::min(length_a, length_b);
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates)
{
    if (word.empty() || word.size() > longest_word) return std::nullopt;
    std::string sought = folded(word);
    std::optional<std::string> best;
    std::size_t best_distance = 0;
    for (const std::string& candidate : candidates) {
        if (candidate.empty() || candidate.size() > longest_word) continue;
        std::size_t distance = edit_distance(sought, folded(candidate));
        if (!near_enough(distance, word.size(), candidate.size())) continue;
        if (best && distance >= best_distance) continue;
        best = candidate;
        best_distance = distance;
    }
    return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates)
{
    std::optional<std::string> candidate = nearest(word, candidates);
    return candidate ? fmt::format(" (did you mean '{}'?)", *candidate) : "";
}

}  // namespace chaos::config
