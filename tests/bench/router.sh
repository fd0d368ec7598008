#!/usr/bin/env bash
# The router beside its peers: builds, fetches Portkey, measures all of them in turn, prints a table. By hand, never a test.
# nginx and haproxy are measured where they are: apt-get install nginx-light haproxy
#   tests/bench/router.sh [--rounds 5] [--seconds 3] [--only chaos,nginx] [--realtime] [--figures small,large,alone,failover,first,memory] [--json FILE]
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
release=build/release
out=build/router_bench
mkdir -p "$out"

# What asks and what answers share no code with what is measured.
{ cmake --preset release && cmake --build "$release" --target chaos mocks_load router_upstream; } >"$out/build.log" 2>&1 ||
  { grep -E 'error' "$out/build.log" | head -n 20 >&2; echo "the build failed; all of it is in $out/build.log" >&2; exit 1; }

# What cannot be fetched is said to be missing, in the table's last lines.
if ! cmp -s tests/bench/router/package-lock.json "$out/package-lock.json" || [ ! -d "$out/node_modules" ]; then
  cp tests/bench/router/package.json tests/bench/router/package-lock.json "$out/"
  npm ci --prefix "$out" --no-audit --no-fund --ignore-scripts >"$out/npm.log" 2>&1 || { rm -rf "$out/node_modules"; echo "npm could not fetch the peers: $out/npm.log" >&2; }
fi

exec node tests/bench/router/router.mjs --chaos "$release/chaos" --load "$release/tests/bench/mocks_load" --upstream "$release/tests/bench/router_upstream" \
  --peers "$out/node_modules" "$@"
