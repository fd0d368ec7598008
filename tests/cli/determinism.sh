#!/usr/bin/env bash
# determinism.sh CHAOS RUNS [OTHER_CHAOS]: the same scenario and seed give the same bytes, alone and under --jobs, and from a
# program that another compiler built; another seed gives others.
set -euo pipefail
chaos=$1 runs=$2 other=${3:-}
. "$(dirname "$0")/lib.sh"
scenario=$scenarios/outage.yaml

history_of() { # PROGRAM SEED NAME
  expect_exit 0 "$1" run --simulate --seed "$2" "$scenario" --out "$work/$3"
  sha256sum <"$work/$3/outage/history.jsonl"
}

first=$(history_of "$chaos" 7 first)
for ((nth = 2; nth <= runs; ++nth)); do
  again=$(history_of "$chaos" 7 again)
  [ "$again" = "$first" ] || fail "run $nth of the same seed left another history (compare $work/first with $work/again)"
done

different=$(history_of "$chaos" 8 different)
[ "$different" != "$first" ] || fail "another seed left the same history"

# Seeds 5 to 12, of which the third is the one above, four at a time.
expect_exit 0 "$chaos" run --simulate --seed 5 --repeat 8 --jobs 4 "$scenario" --out "$work/jobs"
[ "$(sha256sum <"$work/jobs/outage/3/history.jsonl")" = "$first" ] || fail "the history differs under --jobs"

if [ -n "$other" ]; then
  for file in "$scenarios"/*.yaml; do
    name=$(basename "$file" .yaml)
    expect_exit 0 "$chaos" run --simulate --seed 3 "$file" --out "$work/one"
    expect_exit 0 "$other" run --simulate --seed 3 "$file" --out "$work/two"
    cmp "$work/one/$name/history.jsonl" "$work/two/$name/history.jsonl" || fail "$name: the compilers disagree"
  done
fi
