#!/usr/bin/env bash
# zoo.sh ZOO [--simulate]: each broken router is convicted by the check meant for it, as the primary finding, with a message that
# names the task, the provider and the events; the good router is spared by the same scenarios.
set -euo pipefail
zoo=$1 world=${2:-}
. "$(dirname "$0")/lib.sh"
here=$(dirname "$0")/../zoo/scenarios

# convicted SUBJECT CHECK
convicted() {
  expect_exit 0 "$zoo" run $world "$here/$1.yaml" --out "$work/good"
  expect_exit 1 "$zoo" run $world --subject "$1" "$here/$1.yaml" --out "$work/bad" --junit "$work/$1.xml"
  message=$(xmllint --xpath "string(//testcase[starts-with(@name, '$2')]/failure)" "$work/$1.xml")
  [ -n "$message" ] || fail "$1: $2 did not fail"
  grep -qE -- '-t[0-9]+' <<<"$message" || fail "$1: the message names no task: $message"
  grep -qE 'primary|backup' <<<"$message" || fail "$1: the message names no provider: $message"
  grep -qE 'event' <<<"$message" || fail "$1: the message names no events: $message"
  # Primary: no finding of this check says that it follows from another.
  grep -q 'follows from' <<<"$message" && fail "$1: $2 is not the primary finding: $message"
  # And every other failure says what it follows from.
  for other in $(xmllint --xpath '//testcase[failure]/@name' "$work/$1.xml" | grep -oE '"[^"]+"' | tr -d '"'); do
    case "$other" in "$2"*) continue ;; esac
    text=$(xmllint --xpath "string(//testcase[@name='$other']/failure)" "$work/$1.xml")
    grep -q 'follows from' <<<"$text" || fail "$1: $other failed and does not say what it follows from: $text"
  done
}

convicted resends_delivered_call side_effects
convicted forgets_oldest_turns context
convicted waits_for_ever errors
convicted ignores_retry_after retry_after
convicted retries_without_end attempts
convicted stops_at_refused_key answered
convicted remembers_nothing latency
