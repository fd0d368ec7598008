// Compares the conversation a caller sent with the one a provider received.
#pragma once

#include <cstddef>
#include <vector>

#include "history/event.hpp"

namespace chaos::harness {

struct TranscriptDifference {
    std::vector<history::Turn> lost;       ///< sent, and not received at all
    std::vector<history::Turn> misplaced;  ///< received, but not in its order
    std::size_t inserted = 0;              ///< received, and never sent
    bool whole() const { return lost.empty() && misplaced.empty(); }
};

/// Is `sent` a subsequence of `received`? Results of one assistant turn (turns of role "tool" that follow one another) are
/// unordered.
TranscriptDifference compare_transcripts(const std::vector<history::Turn>& sent,
                                         const std::vector<history::Turn>& received);

}  // namespace chaos::harness
