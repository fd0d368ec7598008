#!/usr/bin/env bash
# run.sh PROGRAM ARGUMENT...: a fuzz target with libFuzzer's arguments and folders of seeds, which stay as they are. A finding
# fails; its input is kept next to the program, and its bytes are printed.
set -euo pipefail
program=$1
shift
found=$(dirname "$program")/findings/
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
mkdir -p "$found"
"$program" -max_len=4096 -timeout=20 -rss_limit_mb=2560 -artifact_prefix="$found" "$new" "$@" >"$new.log" 2>&1 && code=0 || code=$?
[ "$code" -eq 0 ] || echo "FAILED: $(basename "$program") found something; its input is in $found"
tail -n "$([ "$code" -eq 0 ] && echo 2 || echo 60)" "$new.log"
rm -f "$new.log"
exit "$code"
