#!/usr/bin/env bash
# tls_direct.sh CHAOS: the official clients reach mocks by https when they are told whom to trust, and refuse them when not.
set -euo pipefail
chaos=$1
. "$(dirname "$0")/lib.sh"

start_mocks "$here/tls_direct.yaml"
case "${url[claude]}" in https://127.0.0.1:*) ;; *) fail "not https: ${url[claude]}" ;; esac
export ANTHROPIC_BASE_URL=${url[claude]} ANTHROPIC_API_KEY=any OPENAI_BASE_URL=${url[gpt]}/v1 OPENAI_API_KEY=any

run_client tls_direct.mjs
has '"anthropic_stream":"UNABLE_TO_VERIFY_LEAF_SIGNATURE"'
has '"openai_plain":"UNABLE_TO_VERIFY_LEAF_SIGNATURE"'

export NODE_EXTRA_CA_CERTS=$authority
run_client tls_direct.mjs
has '"anthropic_stream":"end_turn"'
has '"anthropic_plain":"end_turn"'
has '"openai_stream":"stop"'
has '"openai_plain":"stop"'
happened attempt_ended '"provider":"claude"' '"status":200' '"ending":"complete"'
happened attempt_ended '"provider":"gpt"' '"status":200' '"ending":"complete"'
echo "the clients finished over https: $result"
