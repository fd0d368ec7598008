#!/usr/bin/env bash
# bad_input.sh CHAOS: each wrong input gets one clear message with its place, the right exit code, and nothing is half-run.
set -euo pipefail
chaos=$1
. "$(dirname "$0")/lib.sh"

good='providers:
  primary: {model: gpt-4o}
agents: {tasks: 2, steps: 1}
expect: {answered: 100%}'

# refused NAME MESSAGE: the YAML on stdin is refused with exit code 3, one line that starts with its place, and no folder.
refused() {
  cat >"$work/$1.yaml"
  rm -rf "$work/runs"
  expect_exit 3 "$chaos" run --simulate "$work/$1.yaml" --out "$work/runs"
  [ ! -e "$work/runs" ] || fail "$1: something was run"
  grep -qF -- "$1.yaml:$2" "$work/err" || fail "$1: expected $1.yaml:$2"
  [ "$(wc -l <"$work/err")" -eq 1 ] || fail "$1: expected one line"
  [ ! -s "$work/out" ] || fail "$1: it wrote to stdout"
}

expect_exit 3 "$chaos" run "$work/missing.yaml"; says "missing.yaml: no such file"
expect_exit 3 "$chaos" run "$work"; says "no scenario in this folder"
refused empty "1:1: the file is empty" </dev/null
refused not_yaml "1:12: " <<<$'providers: {a: {model: m}\nexpect: ]['
refused unknown_key "5:1: scenario: unknown key 'agnets' (did you mean 'agents'?)" <<<"$good
agnets: {}"
refused duplicate_key "5:1: " <<<"$good
expect: {answered: 90%}"
refused wrong_unit "5:30: connect: expected a duration such as 250ms" <<<"$good
router: {timeouts: {connect: 5 parsecs}, models: {agent: [primary]}}"
refused negative "3:" <<<"${good/steps: 1/steps: 1, deadline: -5s}"
refused no_outside_world "2:3: provider 'primary' asks https://api.openai.com/v1, and in simulation there is no outside world" \
  <<<"${good/model: gpt-4o/model: gpt-4o, upstream: \"https://api.openai.com/v1\"}"
refused no_script "5:10: fault 'gzip-primary-1': 'primary' passes answers on that are not its own" \
  <<<"${good/model: gpt-4o/model: gpt-4o, brain: {replay: nowhere.jsonl\}}
faults: [{target: primary, inject: gzip}]"
refused no_handshake "5:10: fault 'tls-primary-1': tls acts on handshakes, and 'primary' has none; give it \`tls: true\`" <<<"$good
faults: [{target: primary, inject: tls}]"
refused unknown_target "5:" <<<"$good
faults: [{target: primry, inject: blackhole, until: 1s}]"
says "did you mean 'primary'?"
refused cannot_apply "5:" <<<"$good
faults: [{target: primary, requests: 3, until: 1s, inject: blackhole}]"
refused no_expectations "4:9: expect: nothing is expected" <<<"${good/answered: 100%/}"
refused late_window "5:" <<<"$good
faults: [{target: primary, from: 10m, inject: blackhole}]"
says "after the planned end"

# Everything at once, in the order of the file.
cat >"$work/many.yaml" <<<"$good
faults: [{target: primry, inject: blackhole, until: 1s}, {target: primary, inject: blackhoel, until: 1s}]
nmae: x"
expect_exit 3 "$chaos" validate "$work/many.yaml"
[ "$(wc -l <"$work/err")" -eq 3 ] || fail "many: expected three complaints at once"

# Usage.
expect_exit 3 "$chaos" run
expect_exit 3 "$chaos" frobnicate
expect_exit 3 "$chaos" run --repeat 0 "$scenarios/outage.yaml"
expect_exit 3 "$chaos" run --subject ruoter "$scenarios/outage.yaml"; says "did you mean 'router'?"
expect_exit 3 "$chaos" judge "$work"; says "not the folder of a run"
expect_exit 3 "$chaos" list fualts; says "did you mean 'faults'?"
expect_exit 3 "$chaos" router "$work/missing.yaml"; says "no such file"
expect_exit 3 "$chaos" dependencies "$work/missing.yaml"; says "no such file"
cat >"$work/dependencies.yaml" <<'YAML'
dependencies:
  mail: {kind: tol, endpoint: "http://127.0.0.1:1", failure_modes: [timeuot], strategy: queue_and_retry}
YAML
expect_exit 3 "$chaos" dependencies --check "$work/dependencies.yaml"
says "dependencies.yaml:2:16: kind: "; says "did you mean 'tool'?"
says "dependencies.yaml:2:69: failure_modes: "; says "did you mean 'timeout'?"
expect_exit 0 "$chaos" --help; says "Exit codes"
expect_exit 0 "$chaos" run --help; says "--simulate"

# A folder that cannot be written is the surroundings' failure.
: >"$work/file"
expect_exit 4 "$chaos" run --simulate "$scenarios/rate_limit.yaml" --out "$work/file"

# A fault without an opportunity: nothing is proved, and nothing is green.
cat >"$work/vacuous.yaml" <<<"$good
faults: [{target: primary, requests: 5000, inject: {status: {code: 503}}}]"
expect_exit 2 "$chaos" run --simulate "$work/vacuous.yaml" --out "$work/vacuous" --junit "$work/vacuous.xml"
says "no opportunity"
[ "$(xmllint --xpath 'count(//testcase/error)' "$work/vacuous.xml")" -ge 1 ] || fail "vacuous: JUnit shows no error"
