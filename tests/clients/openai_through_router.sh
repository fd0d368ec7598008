#!/usr/bin/env bash
# openai_through_router.sh CHAOS: the official openai client through `chaos router`, in front of two mocks of
# which the first answers 429 to everything; and in front of nobody, whose error it must not ask for three times.
set -euo pipefail
chaos=$1
. "$(dirname "$0")/lib.sh"

start_mocks "$here/two_mocks.yaml"
cat >"$work/router.yaml" <<YAML
listen: 127.0.0.1:0
providers:
  primary: {base_url: "${url[primary]}/v1", model: gpt-4o}
  backup: {base_url: "${url[backup]}/v1", model: gpt-4o-backup}
  down: {base_url: "http://127.0.0.1:1/v1", model: gpt-4o}
router:
  models: {agent: [primary, backup], down: [down]}
YAML
exec {router}< <(exec "$chaos" router "$work/router.yaml" 2>"$work/router.err")
pids+=($!)
read -r -t 20 _ _ base <&"$router" || fail "the router did not start"

export OPENAI_BASE_URL=$base
run_client openai_through_router.mjs
has '"tool":"get_weather"'
has '"first_finish":"tool_calls"'
has '"finish":"stop"'
has '"models":["agent","down"]'
has '"refused":502,"asked":1'
happened fault_delivered '"fault":"rate_limit'
happened attempt_ended '"provider":"primary"' '"status":429'
happened attempt_ended '"provider":"backup"' '"status":200'
echo "the openai client finished: $result"
