#!/usr/bin/env bash
# control_api.sh CHAOS: `chaos serve` is told to fail in other ways while it serves, tells what happened, and forgets it all.
set -euo pipefail
chaos=$1
. "$(dirname "$0")/lib.sh"

cat >"$work/mocks.yaml" <<'YAML'
providers:
  primary: {model: gpt-4o, pace: {first_token: 1ms, between_tokens: 0ms}}
faults:
  - {target: primary, requests: 1, name: first, inject: {status: {code: 500}}}
YAML
exec {server}< <(exec "$chaos" serve "$work/mocks.yaml" 2>"$work/err")
pid=$!
trap 'kill $pid 2>/dev/null || true; rm -rf "$work"' EXIT
declare -A url
while read -r -t 20 name _ _ address <&"$server" && [ "$name" != ready: ]; do
  case "$address" in http://*) url[$name]=$address ;; esac
done
control=${url[control]} primary=${url[primary]}

# asked EXPECTED_STATUS CURL_ARGUMENT...: the body is then in $work/out.
asked() {
  local status
  status=$(curl -s -m 20 -o "$work/out" -w '%{http_code}' "${@:2}")
  [ "$status" = "$1" ] || fail "curl ${*:2}: status $status instead of $1: $(cat "$work/out")"
}
chat=(-d '{"model":"gpt-4o","messages":[{"role":"user","content":"hello"}]}' "$primary/v1/chat/completions")

asked 200 "$control/health"; says '"name":"primary","dialect":"openai","model":"gpt-4o"'
asked 200 "$control/faults"; says '"says":"status on primary, requests 1"'
asked 500 "${chat[@]}"
asked 200 "${chat[@]}"

asked 201 -d '{target: primary, name: busy, inject: {rate_limit: {retry_after: 2s}}}' "$control/faults"
asked 429 "${chat[@]}"
asked 409 -d '{target: primary, name: busy, from: 0s, inject: blackhole}' "$control/faults"
asked 400 -d '{target: primry, from: 0s, inject: blackhole}' "$control/faults"; says "did you mean 'primary'?"
asked 400 -d '{"target": "primary", "from": "0s", "inject": "blackhoel"}' "$control/faults"; says "did you mean 'blackhole'?"
asked 204 -X DELETE "$control/faults/busy"
asked 404 -X DELETE "$control/faults/busy"; says "no fault is named 'busy'"
asked 200 "${chat[@]}"

# A blackhole that comes later silences a connection that was open before it, and lets go when it is taken away.
asked 201 -d '{target: primary, name: dark, from: 0s, inject: blackhole}' "$control/faults"
curl -s -m 20 -o "$work/late" "${chat[@]}" &
late=$!
curl -s -N -m 20 "$control/history?follow=true" >"$work/followed" &
follower=$!
until grep -q '"fault":"dark".*silence' "$work/followed"; do kill -0 $follower || fail "the follower ended"; done
[ ! -s "$work/late" ] || fail "something came out of a blackhole"
asked 204 -X DELETE "$control/faults/dark"
wait $late || fail "the request that waited in the dark was not answered"
grep -q '"finish_reason":"stop"' "$work/late" || fail "odd answer after the dark: $(cat "$work/late")"

asked 200 "$control/history"; says '"fault":"first"'
asked 204 -X POST "$control/reset"
asked 200 "$control/history"; [ ! -s "$work/out" ] || fail "events were left after a reset"
asked 500 "${chat[@]}"
asked 403 -H "Origin: http://elsewhere" "$control/health"
asked 404 "$control/nowhere"

kill -s INT $pid
wait $follower || true
code=0
wait $pid || code=$?
[ "$code" -eq 0 ] || fail "exit code $code after Ctrl-C"
