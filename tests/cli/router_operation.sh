#!/usr/bin/env bash
# router_operation.sh CHAOS: `chaos router` as a process: admin port, log, reload, drain; everything is awaited, nothing is slept for.
set -euo pipefail
chaos=$(realpath "$1")
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/router_lib.sh"

cat >"$work/mocks.yaml" <<'YAML'
providers:
  first:  {model: gpt-4o, pace: {first_token: 1ms, between_tokens: 0ms}}
  second: {model: gpt-4o-mini, pace: {first_token: 1ms, between_tokens: 0ms}}
  slow:   {model: gpt-4o, pace: {first_token: 400ms, between_tokens: 30ms}}
  stuck:  {model: gpt-4o, pace: {first_token: 60s}}
faults:
  - {target: first, requests: 2, inject: {rate_limit: {retry_after: 60s}}}
YAML
start_mocks "$work/mocks.yaml"

configuration() { # MODELS: the whole file
  cat <<YAML
listen: 127.0.0.1:0
admin: 127.0.0.1:0
workers: 2
log: {to: $work/log.jsonl}
drain: {pause: 300ms, deadline: 30s}
providers:
  first:  {base_url: "${url[first]}/v1", model: gpt-4o}
  second: {base_url: "${url[second]}/v1", model: gpt-4o-mini}
  slow:   {base_url: "${url[slow]}/v1", model: gpt-4o}
  stuck:  {base_url: "${url[stuck]}/v1", model: gpt-4o}
router:
  models: $1
  timeouts: {first_token: 60s, idle: 60s, total: 60s}
YAML
}
configuration '{agent: [first, second]}' >"$work/router.yaml"
expect_exit 0 "$chaos" router --check "$work/router.yaml"; says "good (4 providers, 1 models)"; stays_silent_about "note:"
sed 's|base_url: "[^"]*", model: gpt-4o-mini|base_url: "http://127.0.0.1:11434/v1", model: llama3.2|' "$work/router.yaml" >"$work/ollama.yaml"
expect_exit 0 "$chaos" router --check "$work/ollama.yaml"; says "note: provider 'second': Ollama forgets the beginning"
ulimit -Sn 256  # what a shell allows is not what the router makes do with
start_router "$work/router.yaml"
[ "$(awk '/^Max open files/ {print $4}' "/proc/$router_pid/limits")" = "$(ulimit -Hn)" ] || fail "the router did not ask for all the descriptors it may have"

# Health, readiness, and what is unknown.
asked 200 "$admin/healthz"; says '"ok"'
asked 200 "$admin/readyz"; says '"ready"'
asked 404 "$admin/nowhere"
asked 404 "$admin/explain/req_0"; says "no such request is kept"
asked 403 -H 'Origin: http://elsewhere' "$admin/metrics"

# A failover, as the caller, the explanation, the metrics and the log tell it.
chat 200; grep -qi '^x-chaos-served-by: first' "$work/head" || fail "not served by first"
chat 200; grep -qi '^x-chaos-served-by: second' "$work/head" || fail "not served by second"
id=$(request_id)
[ -n "$id" ] || fail "no x-request-id"
asked 200 "$admin/explain/$id"
says '"served_by":"second"'; says '"class":"rate_limit"'; says '"decision":"failover"'
says '"reason":"a rate limit: to ask another costs the caller less than to wait"'
asked 200 "$admin/metrics"
says 'chaos_router_failovers_total{from="first",to="second",class="rate_limit"} 1'
says 'chaos_router_requests_total{model="agent",caller="",code="200"} 2'
says 'chaos_router_breaker_state{target="second",key="1",state="closed"} 1'
says 'chaos_router_added_latency_seconds_count 2'
await "$work/log.jsonl" "\"kind\":\"request\".*\"request\":\"$id\".*\"served_by\":\"second\""
await "$work/log.jsonl" "\"kind\":\"attempt\".*\"request\":\"$id\".*\"target\":\"first\".*\"class\":\"rate_limit\""

# SIGHUP: the new models, what is known of the providers kept, the log opened anew.
mv "$work/log.jsonl" "$work/log.old"
configuration '{agent: [first, second], other: [second]}' >"$work/router.yaml"
kill -s HUP $router_pid
await "$work/log.jsonl" "the configuration was read again: 4 providers, 2 models"
asked 200 "$router/models"; says '"other"'
chat 200; grep -qi '^x-chaos-degraded: resting' "$work/head" || fail "the rest was forgotten: $(cat "$work/head")"

# A bad file changes nothing and is told with its complaints; so is one that is asked for at the admin port.
sed -i 's/second, slow\|second:/secnd:/' "$work/router.yaml"
kill -s HUP $router_pid
await "$work/log.jsonl" "router.yaml:[0-9]+:[0-9]+: model 'agent': there is no provider 'second' .did you mean 'secnd'"
await "$work/log.jsonl" "the last good one stays"
asked 200 "$router/models"; says '"other"'
asked 422 -X POST "$admin/reload"; says "did you mean 'secnd'"
asked 200 "$admin/metrics"; says 'chaos_router_config_last_reload_successful 0'; says 'chaos_router_config_reloads_total{result="failure"} 2'
configuration '{agent: [slow]}' >"$work/router.yaml"
sed -i 's/workers: 2/workers: 1/; s/deadline: 30s/deadline: 20s/' "$work/router.yaml"
cat >"$work/dependencies.yaml" <<'YAML'
dependencies:
  mail: {kind: tool, endpoint: "http://127.0.0.1:9/mail", failure_modes: [unreachable], strategy: exponential_backoff}
YAML
printf 'idempotency: {keep: 1h}\ndependencies: %s\n' "$work/dependencies.yaml" >>"$work/router.yaml"
asked 204 -X POST "$admin/reload"
await "$work/log.jsonl" "takes a restart to come into force: workers, drain, idempotency\""
asked 502 -d '{}' "${router%/v1}/tools/mail"; says "tool_unreachable"   # the tools of the new file are there, by either loop
# A queue cannot come into force without a store to keep it; all else does, and the tools are as they were.
sed -i 's/exponential_backoff/queue_and_retry/' "$work/dependencies.yaml"
printf 'store: %s\n' "$work/state.db" >>"$work/router.yaml"
asked 204 -X POST "$admin/reload"
await "$work/log.jsonl" "takes a restart to come into force: .*dependencies .a queue needs the store."
asked 502 -d '{}' "${router%/v1}/tools/mail"; says "tool_unreachable"
asked 404 "$admin/queue"
asked 200 "$admin/metrics"; says 'chaos_router_config_last_reload_successful 1'

# SIGTERM: unready at once, what is under way finishes, then the end; an idle kept-alive connection does not hold it up.
exec {idle}<>"/dev/tcp/127.0.0.1/$(sed -E 's|.*:([0-9]+)/v1|\1|' <<<"$router")"
curl -s -N -m 60 -o "$work/late" -D "$work/late.head" -d '{"model":"agent","stream":true,"messages":[{"role":"user","content":"hello"}]}' "$router/chat/completions" &
late=$!
until [ -n "$(curl -s "$admin/metrics" | grep -E '^chaos_router_attempts_in_flight.*slow.* 1$' || true)" ]; do kill -0 $late || fail "the slow request ended early"; done
kill -s TERM $router_pid
asked 503 "$admin/readyz"; says "draining"
asked 200 "$router/models"   # the listener is open still
wait $late || fail "the request under way was cut"
grep -q '\[DONE\]' "$work/late" || fail "the request under way was not finished: $(cat "$work/late")"
ends_with 0
! curl -s -m 5 "$router/models" || fail "somebody still listens"
exec {idle}>&-

# A second signal ends at once: no thread is waited for (which ThreadSanitizer would report, see the preset).
rm "$work/log.jsonl"
configuration '{agent: [stuck]}' >"$work/router.yaml"
start_router "$work/router.yaml"
curl -s -N -m 60 -o "$work/late" -d '{"model":"agent","stream":true,"messages":[{"role":"user","content":"hello"}]}' "$router/chat/completions" &
late=$!
until [ -n "$(curl -s "$admin/metrics" | grep -E '^chaos_router_attempts_in_flight.*stuck.* 1$' || true)" ]; do kill -0 $late || fail "the stuck request ended early"; done
kill -s TERM $router_pid
await "$work/log.jsonl" "signal 15: no new requests"
kill -s TERM $router_pid
ends_with 143
wait $late || true

# The queue, for an operator: a dead letter is listed, sent again and discarded; another tool file leaves it where it is.
rm "$work/log.jsonl"
configuration '{agent: [first]}' >"$work/router.yaml"
printf 'store: %s\ndependencies: %s\n' "$work/state.db" "$work/dependencies.yaml" >>"$work/router.yaml"
sed -i 's/queue_and_retry/queue_and_retry, honours_keys: true, retry: {max_attempts: 1}/' "$work/dependencies.yaml"
start_router "$work/router.yaml"
asked 202 -d '{"to":"somebody"}' "${router%/v1}/tools/mail"
call=$(sed -E 's/.*"id":"([^"]*)".*/\1/' "$work/out")
dead() { until asked 200 "$admin/queue?state=dead" && grep -q "$call" "$work/out"; do :; done; }
dead; stays_silent_about somebody
asked 200 "$admin/queue/$call"; says '"keyed":true'; says '"why":"'
asked 202 -X POST "$admin/queue/$call/retry"
dead
sed -i 's/mail:/post:/' "$work/dependencies.yaml"
kill -s HUP $router_pid
await "$work/log.jsonl" "the configuration was read again"
asked 404 -d '{}' "${router%/v1}/tools/mail"
asked 409 -X POST "$admin/queue/$call/retry"; says "no such tool"
asked 204 -X DELETE "$admin/queue/$call"
asked 404 "$admin/queue/$call"
await "$work/log.jsonl" "the operator: DELETE /queue/$call: 204"
kill -s TERM $router_pid
ends_with 0

# Addresses that are taken, the router's own and the admin port's.
start_router "$work/router.yaml"
port=$(sed -E 's|.*:([0-9]+)/v1|\1|' <<<"$router")
sed "s/^listen: .*/listen: 127.0.0.1:$port/" "$work/router.yaml" >"$work/taken.yaml"
expect_exit 4 "$chaos" router "$work/taken.yaml"; says "cannot listen on 127.0.0.1:$port"
sed "s|^admin: .*|admin: ${admin#http://}|" "$work/router.yaml" >"$work/taken.yaml"
expect_exit 4 "$chaos" router "$work/taken.yaml"; says "the admin port cannot listen on ${admin#http://}"
kill -s TERM $router_pid
ends_with 0
echo "operated"
