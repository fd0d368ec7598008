#!/usr/bin/env bash
# port_in_use.sh CHAOS: a provider's fixed port that somebody else holds is exit code 4, with the port named.
set -euo pipefail
chaos=$1
. "$(dirname "$0")/lib.sh"

cat >"$work/any.yaml" <<'YAML'
providers: {primary: {model: gpt-4o}}
expect: {answered: 100%}
YAML
exec {mocks}< <(exec "$chaos" serve "$work/any.yaml" 2>"$work/mocks.err")
mocks_pid=$!
trap 'kill $mocks_pid 2>/dev/null || true; rm -rf "$work"' EXIT
read -r -t 20 _ _ _ url <&"$mocks" || fail "the mocks did not start"
port=$(sed -E 's|.*:([0-9]+)$|\1|' <<<"$url")

sed "s/model: gpt-4o/model: gpt-4o, port: $port/" "$work/any.yaml" >"$work/taken.yaml"
expect_exit 4 "$chaos" run "$work/taken.yaml" --out "$work/runs" --junit "$work/junit.xml"
says "$port"
[ "$(xmllint --xpath 'count(//testcase/error)' "$work/junit.xml")" -ge 1 ] || fail "JUnit shows no error"
