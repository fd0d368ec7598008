#!/usr/bin/env bash
# ollama_direct.sh CHAOS: the official Ollama client against the mock, streamed and not, with tools; against one
# that is busy and one that breaks off; and the openai client against its OpenAI-compatible API.
set -euo pipefail
chaos=$1
. "$(dirname "$0")/lib.sh"

start_mocks "$here/ollama_direct.yaml"
export OLLAMA_HOST=${url[llama]} BUSY_HOST=${url[busy]} BROKEN_HOST=${url[broken]}
run_client ollama_direct.mjs
has '"tool":"get_weather","arguments":"string","first_reason":"stop","first_lines":2'
has '"counted":true,"plain_tool":"get_weather","limited":"length","prompt":"stop","tokens":true,"loaded":"load"'
has '"models":["llama3.2:latest"],"running":1,"shown":["completion","tools"],"version":"string"'
has '"unknown":["ResponseError",404,"model \"gpt-x\" not found, try pulling it first"]'
has '"busy":["ResponseError",503,"server busy, please try again.  maximum pending requests exceeded"]'
has '"busy_stream":["ResponseError",503,'
has '"broken":["TypeError","terminated"'
has '"compatible_tool":"get_weather","compatible_finish":["tool_calls","stop"]'
has '"compatible_models":["llama3.2:latest"],"missing":[404,"not_found_error"]'
happened fault_delivered '"provider":"busy"'
happened fault_delivered '"provider":"broken"'
happened attempt_ended '"provider":"llama"' '"status":200' '"ending":"complete"'
echo "the Ollama client finished: $result"
