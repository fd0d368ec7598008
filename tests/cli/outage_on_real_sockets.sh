#!/usr/bin/env bash
# outage_on_real_sockets.sh CHAOS: the front door on real sockets; the history shows that the blackhole was met and that the
# backup served.
set -euo pipefail
chaos=$1
. "$(dirname "$0")/lib.sh"

expect_exit 0 "$chaos" run "$scenarios/outage.yaml" --out "$work/runs" --junit "$work/junit.xml"
xmllint --noout "$work/junit.xml" || fail "JUnit is not well-formed"
history=$work/runs/outage/history.jsonl
# Without -q: a grep that leaves early would break the pipe of the one before it.
met=$(grep '"kind":"fault_delivered"' "$history" | grep -c '"fault":"blackhole' || true)
[ "$met" -gt 0 ] || fail "the blackhole was not met"
served=$(grep '"kind":"attempt_ended"' "$history" | grep '"provider":"backup"' | grep '"status":200' | grep -c '"ending":"complete"' || true)
[ "$served" -gt 0 ] || fail "the backup never served"

# From the last task's end to the end of the run: at most a second.
stamp() { grep "\"kind\":\"$1\"" "$history" | tail -n 1 | sed -E 's/.*"at":([0-9]+).*/\1/'; }
[ $(($(stamp run_ended) - $(stamp task_ended))) -lt 1000000000 ] || fail "the run went on after its last task"
