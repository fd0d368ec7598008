// The words that all faults share: where they act, when in an exchange, and how they stop it.
#pragma once

namespace chaos::mock_providers {

/// Who a fault acts on.
enum class Layer { connection, request, tool };

/// How a response stops before its proper end.
enum class Stop {
    fin,
    reset,
    silence,
    // Ends that look well to HTTP, in streams alone:
    clean,        ///< the body ends properly, and what it should have said is missing
    error_event,  ///< the dialect's own error in the stream, then a clean end
    garbage,      ///< an event that cannot be read, then a clean end
};

namespace faults {

/// When a fault acts, in order. Of the faults that fall on one exchange an `opening` acts alone (nothing else could be
/// seen); else one `answer`, or one `ending` if the answer is left as it is, and every `form` and every `pace` in file
/// order.
enum class Stage {
    connection,  ///< before there is a request
    opening,     ///< in place of the answer
    answer,      ///< changes what is said
    form,        ///< changes how it is written; what comes out shows that as soon as it begins
    pace,        ///< changes when it is said
    ending,      ///< changes how it ends
};

}  // namespace faults

}  // namespace chaos::mock_providers
