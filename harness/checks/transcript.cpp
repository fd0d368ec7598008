// Looks for what was sent in what was received, one group of interchangeable turns after the other.
#include "harness/checks/transcript.hpp"

#include <algorithm>

namespace chaos::harness {
namespace {

using history::Turn;
using Turns = std::vector<Turn>;

bool same(const Turn& a, const Turn& b)
{
    return a.digest == b.digest && a.role == b.role;
}

/// The end of the group that begins at `first`: one turn, or all tool results that follow one another.
std::size_t group_end(const Turns& turns, std::size_t first)
{
    std::size_t end = first + 1;
    if (turns[first].role != "tool") return end;
    while (end < turns.size() && turns[end].role == "tool") ++end;
    return end;
}

class Comparison {
public:
    Comparison(const Turns& sent, const Turns& received)
        : sent_(sent), received_(received), taken_(received.size(), false)
    {
    }

    TranscriptDifference run()
    {
        for (std::size_t first = 0; first < sent_.size();) {
            const std::size_t end = group_end(sent_, first);
            place_group(first, end);
            first = end;
        }
        sort_out_missing();
        difference_.inserted = static_cast<std::size_t>(std::count(taken_.begin(), taken_.end(), false));
        return std::move(difference_);
    }

private:
    /// Each turn of the group is looked for behind everything that belongs to earlier groups.
    void place_group(std::size_t first, std::size_t end)
    {
        std::size_t behind = from_;
        for (std::size_t i = first; i < end; ++i) {
            const std::size_t found = find(sent_[i], from_);
            if (found == received_.size()) {
                missing_.push_back(i);
                continue;
            }
            taken_[found] = true;
            behind = std::max(behind, found + 1);
        }
        from_ = behind;
    }

    std::size_t find(const Turn& turn, std::size_t from) const
    {
        while (from < received_.size() && (taken_[from] || !same(received_[from], turn))) ++from;
        return from;
    }

    void sort_out_missing()
    {
        for (const std::size_t i : missing_) {
            const std::size_t elsewhere = find(sent_[i], 0);
            if (elsewhere == received_.size()) {
                difference_.lost.push_back(sent_[i]);
            } else {
                taken_[elsewhere] = true;
                difference_.misplaced.push_back(sent_[i]);
            }
        }
    }

    const Turns& sent_;
    const Turns& received_;
    std::vector<bool> taken_;
    std::vector<std::size_t> missing_;
    std::size_t from_ = 0;
    TranscriptDifference difference_;
};

}  // namespace

TranscriptDifference compare_transcripts(const Turns& sent, const Turns& received)
{
    if (std::equal(sent.begin(), sent.end(), received.begin(), received.end(), same)) return {};
    return Comparison(sent, received).run();
}

}  // namespace chaos::harness
