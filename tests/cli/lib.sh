# What the tests of the command line share. Sourced; expects bash with -euo pipefail.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
scenarios=$PWD/scenarios

fail() { # WHAT...: says it, shows the last output, ends the test
  echo "FAILED: $*"
  for log in "$work/out" "$work/err"; do
    [ -s "$log" ] && { echo "--- $log"; tail -n 40 "$log"; }
  done
  exit 1
}

# expect_exit CODE COMMAND...: runs it, keeps its output in $work/out and $work/err, and demands the exit code.
expect_exit() {
  local wanted=$1 code=0
  shift
  "$@" >"$work/out" 2>"$work/err" || code=$?
  [ "$code" -eq "$wanted" ] || fail "exit code $code instead of $wanted: $*"
}
says() { grep -qF -- "$1" "$work/out" "$work/err" || fail "expected it to say: $1"; }
stays_silent_about() { ! grep -qF -- "$1" "$work/out" "$work/err" || fail "expected it not to say: $1"; }
