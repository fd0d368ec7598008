#!/usr/bin/env bash
# interrupt.sh CHAOS: SIGINT and SIGTERM in the middle of a run leave complete reports.
set -euo pipefail
chaos=$1
. "$(dirname "$0")/lib.sh"

for signal in INT TERM; do
  rm -rf "$work/runs" "$work/junit.xml"
  # A job started with & ignores SIGINT unless job control is on.
  set -m
  "$chaos" run "$scenarios/outage.yaml" "$scenarios/timeout.yaml" --out "$work/runs" --junit "$work/junit.xml" >"$work/out" 2>"$work/err" &
  pid=$!
  set +m
  # It holds listening sockets once it runs; it is then in its control run or in the first scenario.
  until [ -n "$(ls -l "/proc/$pid/fd" 2>/dev/null | grep socket || true)" ] || ! kill -0 $pid 2>/dev/null; do :; done
  kill -s "$signal" $pid
  code=0
  wait $pid || code=$?
  [ "$code" -eq 2 ] || fail "SIG$signal: exit code $code instead of 2"
  xmllint --noout "$work/junit.xml" || fail "SIG$signal: JUnit is not complete"
  [ "$(xmllint --xpath 'count(//testsuite)' "$work/junit.xml")" -eq 2 ] || fail "SIG$signal: not every scenario is in JUnit"
  says "interrupted"
  for left in scenario.yaml plan.json history.jsonl verdict.json junit.xml; do
    [ -s "$work/runs/outage/$left" ] || fail "SIG$signal: no $left was left"
  done
done
