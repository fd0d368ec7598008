#!/usr/bin/env bash
# every_pair_through_router.sh CHAOS: official clients of three APIs finish streamed tool tasks through `chaos router`,
# over every pair of providers' dialects, while the first of the pair fails in every class.
set -euo pipefail
chaos=$1
. "$(dirname "$0")/lib.sh"

dialects=(openai anthropic ollama gemini)
declare -A fault=(
  [limited]='rate_limit'
  [overloaded]='{status: {code: 503}}'
  [broken]='{status: {code: 500}}'
  [refused]='credential'
  [reset]='reset'
  [silent]='blackhole'
  [liar]='error_in_200'
  [empty]='empty_tool_turn'
)
classes=(limited overloaded broken refused reset silent liar empty)

{
  echo "name: every_pair"
  echo "providers:"
  for dialect in "${dialects[@]}"; do
    echo "  good-$dialect: {dialect: $dialect, model: good-model}"
    for class in "${classes[@]}"; do echo "  $class-$dialect: {dialect: $dialect, model: bad-model}"; done
  done
  echo "faults:"
  for dialect in "${dialects[@]}"; do
    for class in "${classes[@]}"; do echo "  - {target: $class-$dialect, from: 0s, inject: ${fault[$class]}}"; done
  done
  echo "expect: {answered: 100%}"
} >"$work/every_pair.yaml"
start_mocks "$work/every_pair.yaml"

# Twice over the classes every dialect is followed by each of the four.
aliases=
{
  echo "listen: 127.0.0.1:0"
  echo "providers:"
  for name in "${!url[@]}"; do
    model=bad-model
    case $name in
      good-*) model=good-model ;;
      *-openai | *-anthropic | *-ollama | *-gemini) ;;
      *) continue ;; # not a model: the control API, tools
    esac
    echo "  $name: {dialect: ${name#*-}, base_url: \"${url[$name]}\", model: $model, api_key_env: PROVIDER_KEY}"
  done
  echo "router:"
  echo "  timeouts: {connect: 1s, first_token: 1s, idle: 10s, total: 25s}"
  echo "  retry: {same_provider: 0}"
  echo "  breaker: {failures: 1000, window_minimum: 10000, account_rest: 1ms}"
  echo "  models:"
  for dialect in "${dialects[@]}"; do
    for i in "${!classes[@]}"; do
      alias=${classes[$i]}-$dialect-then-${dialects[$((i % 4))]}
      echo "    $alias: [${classes[$i]}-$dialect, good-${dialects[$((i % 4))]}]"
    done
  done
} >"$work/router.yaml"
aliases=$(sed -n 's/^    \([a-z-]*\): \[.*/\1/p' "$work/router.yaml" | tr '\n' ' ')
exec {router}< <(PROVIDER_KEY=the-routers-own-key exec "$chaos" router "$work/router.yaml" 2>"$work/router.err")
pids+=($!)
read -r -t 20 _ _ base <&"$router" || fail "the router did not start"

export ROUTER_URL=${base%/v1} ALIASES=${aliases% }
run_client every_pair_through_router.mjs
has '"total":96'
has '"finished":96'
has '"listed":true'
has '"refused":[404,"not_found_error"]'
for dialect in "${dialects[@]}"; do
  for class in "${classes[@]}"; do happened fault_delivered "\"provider\":\"$class-$dialect\""; done
done
! grep -q 'the-routers-own-key\|test-key' "$work/router.err" || fail "a key is in the router's output"
echo "every pair finished: $result"
