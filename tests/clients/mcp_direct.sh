#!/usr/bin/env bash
# mcp_direct.sh CHAOS: the official MCP client against the tool server, with answers as JSON and as events: it lists and
# calls tools, is refused what breaks a schema, and meets every fault that tools have.
set -euo pipefail
chaos=$1
. "$(dirname "$0")/lib.sh"

# every_fault: the client's story, which is the same in both forms.
every_fault() {
  run_client mcp_direct.mjs
  has '"version":"2025-06-18"'
  has '"tools":["write_file","get_weather","broken_sensor"]'
  has '"read_only":true'
  has '"first":"Done.","again":"Done."'
  has '"weather":{"celsius":1,"summary":"Done."}'
  has '"unknown":-32602'
  has "'days' must be at most 7"
  has '"told":true,"protocol":-32050,"http":503,"huge":5242880'
  has '"dropped":"TypeError","recovered":false'
  has '"twice":false'
  has '"broken":-32602'
  has '"lost":404,"still_lost":404,"resumed":false,"other_session":true'
  for fault in tool_error tool_huge_result tool_drop_reply tool_duplicate_delivery tool_session_lost tool_schema_violation; do
    happened fault_delivered "\"fault\":\"$fault"
  done
  # Each key had its effect once, whatever became of the replies.
  for effect in one two three four five; do
    [ "$(grep '"kind":"effect_performed"' "$work/history.jsonl" | grep -c "\"effect\":\"$effect\"")" = 1 ] ||
      fail "the effect $effect did not happen exactly once"
  done
  happened effect_replayed '"effect":"four"' '"fault":"tool_duplicate_delivery'
  echo "the MCP client finished: $result"
}

start_mocks "$here/mcp_direct.yaml"
export MCP_URL=${url[mcp]}
every_fault

sed 's/^tools:/tool_server: {answers: sse}\ntools:/' "$here/mcp_direct.yaml" >"$work/mcp_events.yaml"
start_mocks "$work/mcp_events.yaml"
export MCP_URL=${url[mcp]}
every_fault
