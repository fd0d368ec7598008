#!/usr/bin/env bash
# gemini_direct.sh CHAOS: the official Google Gen AI client against the mock, streamed and not, with a tool, and against one
# that is overloaded.
set -euo pipefail
chaos=$1
. "$(dirname "$0")/lib.sh"

start_mocks "$here/gemini_direct.yaml"
export GOOGLE_GEMINI_BASE_URL=${url[gemini]} OVERLOADED_BASE_URL=${url[overloaded]}
run_client gemini_direct.mjs
has '"tool":"get_weather"'
has '"city":"string"'
has '"first_finish":"STOP"'
has 'Thank you, noted:'
has '"second_finish":"STOP"'
has '"counted_output":true'
has '"whole_tool":"get_weather"'
has '"plain_finish":"STOP"'
has '"counted":true'
has '"models":["models/gemini-mock"]'
has '"overloaded":[true,503,"UNAVAILABLE"]'
has '"overloaded_stream":[true,503,"UNAVAILABLE"]'
has '"no_model":[true,404,"NOT_FOUND"]'
happened fault_delivered '"provider":"overloaded"'
happened attempt_ended '"provider":"gemini"' '"status":200' '"ending":"complete"'
echo "the Google Gen AI client finished: $result"
