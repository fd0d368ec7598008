#!/usr/bin/env bash
# anthropic_direct.sh CHAOS: the official Anthropic client against the mock, streamed and not, with tools and
# thinking, and against one that is overloaded.
set -euo pipefail
chaos=$1
. "$(dirname "$0")/lib.sh"

start_mocks "$here/anthropic_direct.yaml"
export ANTHROPIC_BASE_URL=${url[claude]} OVERLOADED_BASE_URL=${url[overloaded]}
run_client anthropic_direct.mjs
has '"tool":"get_weather"'
has '"first_stop":"tool_use"'
has '"thinking":true'
has '"second_stop":"end_turn"'
has '"plain_stop":"end_turn"'
has '"counted":true'
has '"models":["claude-mock"]'
has '"overloaded":[529,"overloaded_error"]'
happened fault_delivered '"provider":"overloaded"'
happened attempt_ended '"provider":"claude"' '"status":200' '"ending":"complete"'
echo "the Anthropic client finished: $result"
