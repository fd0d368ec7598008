#!/usr/bin/env bash
# hedged.sh CHAOS [SEEDS]: what the shipped scenarios demand of the router holds as well when it hedges nearly every request; only the
# attempts that a hedge adds are allowed for.
set -euo pipefail
chaos=$1 seeds=${2:-5}
. "$(dirname "$0")/lib.sh"

mkdir "$work/hedged"
for file in "$scenarios"/*.yaml; do
  sed -E -e 's/^router:( *#.*)?$/&\n  hedge: {after: 150ms}/' -e '/^  hedge: \{after: 600ms\}$/d' -e 's/per_turn: 1\}/per_turn: 2}/' \
    "$file" >"$work/hedged/$(basename "$file")"
done
hedging=$(grep -l '^  hedge: {after: 150ms}$' "$work"/hedged/*.yaml | wc -l)
[ "$hedging" -ge 15 ] || fail "only $hedging scenarios hedge; has their form changed?"

expect_exit 0 "$chaos" run --simulate --repeat "$seeds" "$work/hedged" --out "$work/runs"
# Else it would show nothing.
for what in '"hedge"' 'lost_race'; do
  grep -rlq --include=history.jsonl -- "$what" "$work/runs" || fail "no history has a $what"
done
