#!/usr/bin/env bash
# parity.sh CHAOS: every shipped scenario gives the same verdicts on real sockets as in simulation.
set -euo pipefail
chaos=$1
. "$(dirname "$0")/lib.sh"

# "outage/latency.p99 pass" for every test case, sorted.
verdicts() {
  local kind
  for kind in failure error skipped none; do
    local test="$kind"
    [ "$kind" = none ] && test='not(failure) and not(error) and not(skipped)'
    xmllint --xpath "//testcase[$test]" "$1" 2>/dev/null |
      grep -oE '<testcase [^>]*' | sed -E 's/.* ?name="([^"]*)".*/\1/' | sed "s/\$/ $kind/" || true
  done | sort
}

expect_exit 0 "$chaos" run --simulate "$scenarios" --out "$work/simulated" --junit "$work/simulated.xml"
expect_exit 0 "$chaos" run --jobs 9 "$scenarios" --out "$work/real" --junit "$work/real.xml"
for file in "$scenarios"/*.yaml; do
  name=$(basename "$file" .yaml)
  verdicts "$work/simulated/$name/junit.xml" >"$work/a"
  verdicts "$work/real/$name/junit.xml" >"$work/b"
  [ -s "$work/a" ] || fail "$name: no verdicts found"
  diff "$work/a" "$work/b" >"$work/out" || fail "$name: the worlds disagree"
done
