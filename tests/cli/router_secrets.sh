#!/usr/bin/env bash
# router_secrets.sh CHAOS: a router with marked keys, through successes and failures of every class; then everything it has written,
# answered and told is searched for the marks. A last run whose marks are where they may be seen proves that the search finds them.
set -euo pipefail
chaos=$(realpath "$1")
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/router_lib.sh"

# The mocks repeat the key they were sent where real providers do; here are the classes of failure, one a provider.
faults=(
  'status: {code: 400}' 'status: {code: 401}' 'status: {code: 403}' 'status: {code: 404}' 'status: {code: 500}' 'status: {code: 503}' 'status: {code: 529}'
  'rate_limit: {retry_after: 60s}' 'quota: {}' 'credential: {}' 'error_in_200: {}' 'content_type: {}' 'cut: {}' 'reset: {}' 'empty_answer: {}'
  'malformed_arguments: {}' 'refusal: {}' 'timeout: {}' 'framing: {}' 'odd_events: {}' 'finish_reason: {}' 'truncated: {}'
)
{
  echo "providers:"
  echo "  good: {model: gpt-4o, pace: {first_token: 1ms, between_tokens: 0ms}}"
  for n in "${!faults[@]}"; do echo "  bad$n: {model: gpt-4o, pace: {first_token: 1ms, between_tokens: 0ms}}"; done
  echo "faults:"
  for n in "${!faults[@]}"; do echo "  - {target: bad$n, inject: {${faults[$n]}}}"; done
} >"$work/mocks.yaml"
start_mocks "$work/mocks.yaml"

export PROVIDER_MARK=MARKproviderKEY CALLER_MARK=MARKcallerTOKEN
configuration() { # MODEL_OF_GOOD
  echo "listen: 127.0.0.1:0"
  echo "admin: 127.0.0.1:0"
  echo "callers: {alice: {token_env: CALLER_MARK}}"
  echo "log: {to: $work/log.jsonl, level: debug}"
  echo "providers:"
  echo "  good: {base_url: \"${url[good]}/v1\", model: $1, api_key_env: PROVIDER_MARK}"
  for n in "${!faults[@]}"; do echo "  bad$n: {base_url: \"${url[bad$n]}/v1\", model: gpt-4o, api_key_env: PROVIDER_MARK}"; done
  echo "router:"
  echo "  models:"
  echo "    agent: [good]"
  for n in "${!faults[@]}"; do
    echo "    alone$n: [bad$n]"
    echo "    first$n: [bad$n, good]"
  done
  echo "  timeouts: {connect: 500ms, first_token: 500ms, idle: 500ms, total: 2s}"
}

# ask_everything: into $work/everything goes all that callers and operators get to see.
ask_everything() {
  : >"$work/everything"
  local model stream id
  for model in agent nowhere $(for n in "${!faults[@]}"; do echo "alone$n first$n"; done); do
    for stream in true false; do
      curl -s -m 60 -i -H "authorization: Bearer $CALLER_MARK" -H 'openai-organization: MARKorganisation' \
        -d '{"model":"'"$model"'","stream":'$stream',"messages":[{"role":"user","content":"hello"}]}' "$router/chat/completions" >"$work/one" || true
      cat "$work/one" >>"$work/everything"
      id=$(tr -d '\r' <"$work/one" | sed -n 's/^x-request-id: //Ip')
      [ -z "$id" ] || curl -s -m 20 "$admin/explain/$id" >>"$work/everything"
    done
  done
  curl -s -m 20 -i -H "authorization: Bearer ${CALLER_MARK}x" "$router/models" >>"$work/everything"
  curl -s -m 20 -i -H "x-api-key: $CALLER_MARK" "$router/$CALLER_MARK?key=$CALLER_MARK" >>"$work/everything"
  curl -s -m 20 -i -H "authorization: Bearer $CALLER_MARK" -d '{' "$router/chat/completions" >>"$work/everything"
  curl -s -m 20 "$admin/metrics" "$admin/healthz" "$admin/readyz" "$admin/explain/$CALLER_MARK" >>"$work/everything"
  curl -s -m 20 -X POST "$admin/reload" >>"$work/everything"
}
found() { grep -rlF -e MARKprovider -e MARKcaller -e MARKorganisation "$work/everything" "$work/log.jsonl" "$work/router.out" "$work/router.err" "$work/check"; }

configuration gpt-4o >"$work/router.yaml"
{
  "$chaos" router --check "$work/router.yaml"
  sed 's/api_key_env: PROVIDER_MARK/api_key: MARKproviderKEY/' "$work/router.yaml" >"$work/written.yaml"
  "$chaos" router --check "$work/written.yaml" || true
  sed 's/token_env: CALLER_MARK/token: MARKcallerTOKEN/' "$work/router.yaml" >"$work/written.yaml"
  "$chaos" router --check "$work/written.yaml" || true
} >"$work/check" 2>&1
grep -q "keys are not written into the file" "$work/check" || fail "a key in the file was not refused"
grep -q "tokens are not written into the file" "$work/check" || fail "a token in the file was not refused"
start_router "$work/router.yaml"
ask_everything
asked 200 "$admin/metrics"
for class in ok rate_limit quota credential model_gone overloaded transient timeout caller_fault invalid_200 empty_turn; do
  grep -q "class=\"$class\"" "$work/out" || fail "no attempt came to $class: what is it worth?"
done
# A crash tells nothing either.
kill -s ABRT $router_pid
wait $router_pid 2>>"$work/router.err" || true
! found || fail "a secret came out: $(grep -hoE '.{60}MARK(provider|caller|organisation).{20}' "$work"/{everything,log.jsonl,router.err,check} | head -n 3)"
[ "$(wc -c <"$work/everything")" -gt 20000 ] || fail "little was asked"

# The marks where a mistake would put them: as a model's name, which logs and explanations show.
configuration MARKproviderKEY-seen >"$work/router.yaml"
unset PROVIDER_MARK
sed -i 's/, api_key_env: PROVIDER_MARK//' "$work/router.yaml"
rm "$work/log.jsonl"
start_router "$work/router.yaml"
ask_everything
kill -s TERM $router_pid
ends_with 0
found >"$work/where" || fail "the search finds nothing even where there is something"
for place in everything log.jsonl; do grep -q "$place" "$work/where" || fail "the search does not find it in $place"; done
echo "no secret came out"
