// The table of all checks.
#include "harness/checks/check.hpp"
#include "harness/checks/table.hpp"

namespace chaos::harness {

const std::vector<CheckEntry>& checks()
{
    static const std::vector<CheckEntry> table = {
        {"sound_history",
         "Is the history whole and in order, did the rig keep time, does the subject work when nothing is wrong?", "",
         "lags of the rig up to 250 ms are noise; requests may be open when a run was interrupted; strays are reported",
         make_sound_history},
        {"faults_happened", "Did each fault of the plan really happen?", "",
         "one of a range of requests is enough; a chance that never fell is a warning unless at_least demands it; a "
         "target that the subject leaves alone because an earlier fault happened there need not be met; an injection "
         "is "
         "not due once the subject has hung up or another fault has silenced the exchange",
         make_faults_happened},
        {"answered", "Did every task end with the right answer, a digest over everything its tools returned?",
         "answered: 100%", "tasks that were under way when a run was interrupted count for neither side",
         make_answered},
        {"latency", "How long did callers wait for a turn, from their request to its end?", "latency: {p99: 4s}",
         "turns that failed count too; a quantile needs 1 / (1 - q) samples (p50 2, p90 10, p95 20, p99 100, max 1)",
         make_latency},
        {"failover",
         "How long did a failover take, from the first failed attempt's cause to the first accepted byte of the next "
         "one?",
         "failover: {max: 1.5s}",
         "a silence counts from the last sign of life before it; answers that had already begun are no failovers; "
         "quantiles "
         "need samples as in latency",
         make_failover},
        {"attempts", "How many attempts did one caller request lead to?", "attempts: {per_turn: 4}",
         "connects that never became a request are not counted", make_attempts},
        {"retry_after", "Did callers who were told to stay away do so until they might come back?", "retry_after: obeyed",
         "other API keys are other callers; requests within 100 ms after the answer that said so may have been on their "
         "way, unless they are for the same caller request; a millisecond early is a timer's doing; waits that only "
         "prose or an odd spelling names bind nobody",
         make_retry_after},
        {"side_effects", "Did any effect happen twice, with other arguments, or unplanned?",
         "side_effects: at_most_once",
         "read_only tools are exempt, idempotent ones may repeat; an effect that never happened is legal, since its "
         "reply may have been lost; what happens again because a fault delivered a call twice is no doing of the subject's "
         "and is a warning",
         make_side_effects},
        {"context", "Did every attempt carry the whole conversation that its caller had sent?", "context: survives",
         "insertions (a repair nudge) are reported, not condemned; results of one assistant turn are unordered",
         make_context},
        {"stream", "Does every accepted answer come from one attempt of its own turn?", "stream: unmixed",
         "an earlier try or a rival attempt of the same turn may have given the answer", make_stream},
        {"errors", "Did every caller get a whole answer or a proper error, within its deadline?", "errors: honest",
         "a connection that fails before any status is a proper error; 250 ms beyond the deadline", make_errors},
    };
    return table;
}

}  // namespace chaos::harness
