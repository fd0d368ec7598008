#!/usr/bin/env bash
# every_scenario_simulated.sh CHAOS: each shipped scenario passes in simulation and leaves a complete folder.
set -euo pipefail
chaos=$1
. "$(dirname "$0")/lib.sh"

for file in "$scenarios"/*.yaml; do
  name=$(basename "$file" .yaml)
  expect_exit 0 "$chaos" run --simulate "$file" --out "$work/runs" --junit "$work/$name.xml"
  xmllint --noout "$work/$name.xml" || fail "$name: JUnit is not well-formed"
  for left in scenario.yaml plan.json history.jsonl verdict.json junit.xml; do
    [ -s "$work/runs/$name/$left" ] || fail "$name: left no $left"
  done
  cmp -s "$file" "$work/runs/$name/scenario.yaml" || fail "$name: the saved scenario differs"
  expect_exit 0 "$chaos" judge "$work/runs/$name"
done

# One test case per expectation, beside those that are always made.
for id in sound_history answered latency.p99 failover.max attempts side_effects context stream errors; do
  [ "$(xmllint --xpath "count(//testcase[starts-with(@name, '$id')])" "$work/outage.xml")" -eq 1 ] || fail "outage: not one test case for $id"
done
[ "$(xmllint --xpath "count(//testcase[starts-with(@name, 'faults_happened')])" "$work/outage.xml")" -eq 3 ] ||
  fail "outage: not one test case per fault"
[ "$(xmllint --xpath "count(//testcase/@name)" "$work/outage.xml")" -eq "$(xmllint --xpath "//testcase/@name" "$work/outage.xml" | sort -u | wc -l)" ] ||
  fail "outage: names of test cases are not unique"
