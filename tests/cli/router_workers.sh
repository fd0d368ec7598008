#!/usr/bin/env bash
# router_workers.sh CHAOS: two event loops of one router under load, with faults, reloads and questions at the admin port at the
# same time; no request is lost and, built with ThreadSanitizer, nothing races.
set -euo pipefail
chaos=$(realpath "$1")
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/router_lib.sh"
export TSAN_OPTIONS="exitcode=66 halt_on_error=1 ${TSAN_OPTIONS:-}"

cat >"$work/mocks.yaml" <<'YAML'
providers:
  first:  {model: gpt-4o, pace: {first_token: 1ms, between_tokens: 0ms}}
  second: {model: gpt-4o-mini, pace: {first_token: 1ms, between_tokens: 0ms}}
faults:
  - {target: first, chance: 20%, inject: {status: {code: 503}}}
  - {target: first, chance: 10%, inject: {rate_limit: {retry_after: 1s}}}
  - {target: first, chance: 5%, inject: reset}
YAML
start_mocks "$work/mocks.yaml"
cat >"$work/router.yaml" <<YAML
listen: 127.0.0.1:0
admin: 127.0.0.1:0
workers: 2
store: $work/state.db
log: {to: $work/log.jsonl, level: debug}
providers:
  first:  {base_url: "${url[first]}/v1", model: gpt-4o}
  second: {base_url: "${url[second]}/v1", model: gpt-4o-mini}
router:
  models: {agent: [first, second]}
  retry: {backoff: 1ms}
YAML
start_router "$work/router.yaml"

# Each of four callers asks fifty times on as many connections; every tenth request has a key that two callers share.
caller() { # NUMBER
  local n status key
  for n in $(seq 50); do
    key=()
    [ $((n % 10)) -ne 0 ] || key=(-H "Idempotency-Key: \"shared-$(($1 / 2))-$n\"")
    stream=false
    [ $((n % 2)) -eq 0 ] || stream=true
    status=$(curl -s -m 60 -o "$work/body.$1" -w '%{http_code}' "${key[@]}" -H 'content-type: application/json' \
      -d '{"model":"agent","stream":'$stream',"messages":[{"role":"user","content":"hello"}]}' "$router/chat/completions")
    echo "$status" >>"$work/statuses.$1"
  done
}
callers=()
for n in 0 1 2 3; do
  caller $n &
  callers+=($!)
done
# Meanwhile: reloads by both ways, and every question.
while kill -0 "${callers[@]}" 2>/dev/null; do
  kill -s HUP $router_pid
  asked 204 -X POST "$admin/reload"
  asked 200 "$admin/metrics"
  asked 200 "$admin/healthz"
  id=$(sed -nE 's/.*"kind":"request","request":"(req_[0-9a-f]+)".*/\1/p' "$work/log.jsonl" | tail -n 1)
  [ -z "$id" ] || asked 200 "$admin/explain/$id"
done
wait "${callers[@]}"

answered=$(cat "$work"/statuses.* | wc -l)
good=$(cat "$work"/statuses.* | grep -c '^200$')
[ "$answered" -eq 200 ] || fail "$answered requests instead of 200"
[ "$good" -eq 200 ] || fail "$good of 200 requests were answered: $(cat "$work"/statuses.* | sort | uniq -c)"
# What they counted together is all there is: keyed requests once each, whoever was asked.
asked 200 "$admin/metrics"
says 'chaos_router_requests_total{model="agent",caller="",code="200"}'
total=$(awk '/^chaos_router_requests_total\{/ {sum += $2} END {print sum}' "$work/out")
[ "$total" -eq 200 ] || fail "the metrics count $total requests instead of 200"
keyed=$(grep -c '"keyed":"\(joined\|replayed\)"' "$work/log.jsonl" || true)
[ "$keyed" -ge 10 ] || fail "only $keyed keyed requests shared an answer; both loops must ask the same memory"
# Both loops had their share: the kernel spreads two hundred connections over two listeners.
kill -s TERM $router_pid
ends_with 0
echo "200 requests through two loops"
