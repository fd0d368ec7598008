#!/usr/bin/env bash
# The mocks beside their peers: builds, fetches the peers, measures all of them in turn, prints a table. By hand, never a test.
#   tests/bench/mocks.sh [--rounds 5] [--seconds 3] [--only chaos,aimock] [--realtime] [--figures ready,memory,answers,pace,delay,dark] [--json FILE]
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
release=build/release
out=build/mocks_bench
mkdir -p "$out"

# `mocks_load` asks; what measures must not be what is measured, so it shares no code with the rest.
{ cmake --preset release && cmake --build "$release" --target chaos mocks_load; } >"$out/build.log" 2>&1 ||
  { grep -E 'error' "$out/build.log" | head -n 20 >&2; echo "the build failed; all of it is in $out/build.log" >&2; exit 1; }

# What cannot be fetched is said to be missing, in the table's last lines.
if ! cmp -s tests/bench/mocks/package-lock.json "$out/package-lock.json" || [ ! -d "$out/node_modules" ]; then
  cp tests/bench/mocks/package.json tests/bench/mocks/package-lock.json "$out/"
  npm ci --prefix "$out" --no-audit --no-fund --ignore-scripts >"$out/npm.log" 2>&1 || { rm -rf "$out/node_modules"; echo "npm could not fetch the peers: $out/npm.log" >&2; }
fi

exec node tests/bench/mocks/mocks.mjs --chaos "$release/chaos" --load "$release/tests/bench/mocks_load" --peers "$out/node_modules" "$@"
