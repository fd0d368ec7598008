#!/usr/bin/env bash
# readme.sh CHAOS: the README's lines for official clients, run as they stand with what `chaos serve --env` prints.
set -euo pipefail
chaos=$1
. "$(dirname "$0")/lib.sh"
root=$here/../..

exec {mocks}< <(exec "$chaos" serve "$root/docs/examples/mocks.yaml" --env 2>"$work/mocks.err")
pids+=($!)
line=''
while read -r -t 20 line <&"$mocks" && [[ $line != "# ready"* ]]; do eval "$line"; done
[[ $line == "# ready"* ]] || fail "the mocks did not start"

awk -v out="$work/block" '/^```js$/ {n++; on=1; next} /^```$/ {on=0} on {print > (out n ".mjs")}' "$root/README.md"
blocks=0
for block in "$work"/block*.mjs; do
  # Where the official clients can be imported from.
  program=$here/node_modules/.readme-$$.mjs
  cp "$block" "$program"
  code=0
  "$node" "$program" >"$work/client.out" 2>&1 || code=$?
  rm "$program"
  [ "$code" -eq 0 ] || fail "$(cat "$block")"
  [ -s "$work/client.out" ] || fail "nothing was said by: $(cat "$block")"
  blocks=$((blocks + 1))
done
[ "$blocks" -ge 4 ] || fail "only $blocks blocks were found"
echo "$blocks clients of the README ran"
