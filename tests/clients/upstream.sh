#!/usr/bin/env bash
# upstream.sh CHAOS: `chaos serve` in front of another `chaos serve` by https: the official clients get the endpoint's own
# answers and the proxy's faults; what was recorded is replayed to them without an endpoint; no key is left anywhere.
set -euo pipefail
chaos=$1
. "$(dirname "$0")/lib.sh"

start_mocks "$here/upstream.yaml"
real_claude=${url[claude]} real_gpt=${url[gpt]} trust=$authority
mv "$work/history.jsonl" "$work/endpoints.jsonl"

providers() { # THE KEYS OF EACH: anthropic's, openai's
  cat <<YAML
providers:
  claude: {dialect: anthropic, model: claude-mock, tls: true, $1}
  gpt: {dialect: openai, model: gpt-mock, tls: true, $2}
faults:
  - {target: gpt, requests: 3, inject: {rate_limit: {retry_after: 1s}}}
YAML
}
use_mocks() { # the clients use what start_mocks started last
  export NODE_EXTRA_CA_CERTS=$authority ANTHROPIC_BASE_URL=${url[claude]} OPENAI_BASE_URL=${url[gpt]}/v1
}

providers "upstream: \"$real_claude\", upstream_ca: $trust, record: $work/claude.tape" \
  "upstream: \"$real_gpt/v1\", upstream_ca: $trust, record: $work/gpt.tape" >"$work/proxy.yaml"
start_mocks "$work/proxy.yaml"
use_mocks
run_client upstream.mjs
has '"anthropic_stream":"(as claude-1)'
has '"openai_plain":"(as gpt-2)'
has '"models":["gpt-mock"]'
has '"failures":[[429,"rate_limit_exceeded"]]'
passed=$result
happened fault_delivered '"provider":"gpt"' 'HTTP 429'
happened attempt_ended '"provider":"claude"' '"status":200' '"ending":"complete"'
[ "$(wc -l <"$work/gpt.tape")" = 4 ] || fail "not every exchange with the endpoint was recorded, or more: $(cut -c1-200 "$work/gpt.tape")"

# The endpoint goes away; the recording takes its place, at another provider's address.
kill "${pids[0]}" && wait "${pids[0]}" || true
has_not_reached() { # a provider whose endpoint is gone says so in the vendor's words
  local status
  status=$(curl -s -m 20 --cacert "$authority" -o "$work/gone" -w '%{http_code}' -d '{"model":"gpt-mock","messages":[]}' "${url[gpt]}/v1/chat/completions")
  [ "$status" = 502 ] && grep -qF "could not be reached: Connection refused" "$work/gone" || fail "status $status: $(cat "$work/gone")"
}
has_not_reached
happened upstream_failed '"provider":"gpt"' "Connection refused"

providers "brain: {replay: $work/claude.tape}" "brain: {replay: $work/gpt.tape, pace: none}" >"$work/replay.yaml"
start_mocks "$work/replay.yaml"
use_mocks
run_client upstream.mjs
[ "$result" = "$passed" ] || fail "replayed otherwise than recorded: $result instead of $passed"

! grep -rlF "sk-secret-of-mine" "$work" || fail "a key was kept"
echo "the endpoint's answers, twice: $result"
