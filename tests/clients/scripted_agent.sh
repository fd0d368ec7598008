#!/usr/bin/env bash
# scripted_agent.sh CHAOS: an agent of two official model clients and the official MCP client works through the scripts of
# docs/examples/agent.yaml; a reply that is lost on the way makes nothing happen twice.
set -euo pipefail
chaos=$1
. "$(dirname "$0")/lib.sh"

start_mocks "$here/../../docs/examples/agent.yaml"
export OPENAI_BASE_URL=${url[openai_mock]}/v1 ANTHROPIC_BASE_URL=${url[anthropic_mock]} MCP_URL=${url[mcp]}
run_client scripted_agent.mjs
has '["search",{"query":"weather in Oslo","limit":3}]'
has '["take_note",{"reference":"note-1","text":"{\"answer\":\"Done.\"}"}]'
has '["take_note",{"reference":"note-2","text":"Bring a hat."}]'
has '"between":"I shall keep that."'
has '"openai":"It is sunny, and both notes are taken. Canary: velvet-harbor-7."'
has '"forgetful":"It is sunny, and both notes are taken. Canary: (no canary in this conversation)."'
has '["search",{"query":"sample (as anthropic_mock-1)"}]'
has '"anthropic":"Done. Canary: velvet-harbor-7."'
happened fault_delivered '"fault":"tool_drop_reply'
for effect in note-1 note-2; do
  [ "$(grep '"kind":"effect_performed"' "$work/history.jsonl" | grep -c "\"effect\":\"$effect\"")" = 1 ] ||
    fail "$effect was not taken exactly once"
done
happened effect_replayed '"effect":"note-1"'
echo "the agent finished: $result"
