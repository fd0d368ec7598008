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

# In the middle: what has run by then keeps its verdict, what has not is interrupted.
exec {run}< <(exec "$chaos" run "$scenarios/rate_limit.yaml" "$scenarios/outage.yaml" --out "$work/runs" --junit "$work/middle.xml" 2>"$work/err")
pid=$!
while read -r -t 60 line <&"$run"; do
  case "$line" in *rate_limit*) break ;; esac
done
kill -s TERM $pid
cat <&"$run" >"$work/out"
xmllint --noout "$work/middle.xml" || fail "middle: JUnit is not complete"
[ "$(xmllint --xpath "count(//testsuite[@name='rate_limit']/testcase[failure or error])" "$work/middle.xml")" -eq 0 ] ||
  fail "middle: the finished scenario lost its verdict"
[ "$(xmllint --xpath "count(//testsuite[@name='outage']/testcase[error])" "$work/middle.xml")" -ge 1 ] ||
  fail "middle: the interrupted scenario is not marked"
