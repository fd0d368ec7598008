#!/usr/bin/env bash
# router_tls.sh CHAOS: callers and providers by TLS, tokens of callers, and another certificate without a restart.
set -euo pipefail
chaos=$(realpath "$1")
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/router_lib.sh"

cat >"$work/mocks.yaml" <<'YAML'
providers:
  first: {model: gpt-4o, tls: true, pace: {first_token: 1ms, between_tokens: 0ms}}
YAML
exec {mocks_out}< <(exec "$chaos" serve "$work/mocks.yaml" --ca-file "$work/mocks.pem" 2>"$work/mocks.err")
pids+=($!)
while read -r -t 60 name _ _ address <&"$mocks_out" && [ "$name" != ready: ]; do
  [ "$name" != first ] || first=$address
done

certificate() { # NAME: NAME.pem and NAME.key, signed by itself for localhost
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" \
    -keyout "$work/$1.key" -out "$work/$1.pem" 2>/dev/null
}
certificate one
certificate two
cp "$work/one.pem" "$work/shown.pem"
cp "$work/one.key" "$work/shown.key"
printf 'token-of-alice\n' >"$work/alice.token"
cat >"$work/router.yaml" <<YAML
listen: 127.0.0.1:0
admin: 127.0.0.1:0
tls: {certificate: $work/shown.pem, key: $work/shown.key}
callers:
  alice: {token_file: $work/alice.token, models: [agent]}
  bob:   {token_env: BOB_TOKEN}
log: {to: $work/log.jsonl}
providers:
  first: {base_url: "$first/v1", ca_file: $work/mocks.pem, model: gpt-4o}
router: {models: {agent: [first], other: [first]}}
YAML
expect_exit 3 "$chaos" router --check "$work/router.yaml"; says "token_env: there is no environment variable 'BOB_TOKEN'"
export BOB_TOKEN=token-of-bob
start_router "$work/router.yaml"
case "$router" in https://*) ;; *) fail "not by https: $router" ;; esac

chat 401 --cacert "$work/one.pem"; says '"code":"invalid_api_key"'
chat 401 --cacert "$work/one.pem" -H 'authorization: Bearer token-of-alic'
chat 200 --cacert "$work/one.pem" -H 'authorization: Bearer token-of-alice'
chat 200 --cacert "$work/one.pem" -H 'x-api-key: token-of-bob'
asked 403 --cacert "$work/one.pem" -H 'authorization: Bearer token-of-alice' -d '{"model":"other","messages":[{"role":"user","content":"hi"}]}' "$router/chat/completions"
asked 200 --cacert "$work/one.pem" -H 'authorization: Bearer token-of-alice' "$router/models"; says '"agent"'; stays_silent_about '"other"'
await "$work/log.jsonl" '"caller":"bob"'

# Whoever does not trust the certificate does not talk; neither does plain HTTP.
expect_exit 60 curl -sS -m 20 --cacert "$work/two.pem" "$router/models"
! curl -sf -m 20 "${router/https/http}/models" || fail "plain HTTP was answered"

# Another certificate and another token, by a signal.
cp "$work/two.pem" "$work/shown.pem"
cp "$work/two.key" "$work/shown.key"
printf 'another-token\n' >"$work/alice.token"
kill -s HUP $router_pid
await "$work/log.jsonl" "the configuration was read again"
chat 401 --cacert "$work/two.pem" -H 'authorization: Bearer token-of-alice'
chat 200 --cacert "$work/two.pem" -H 'authorization: Bearer another-token'
# A key that is not the certificate's changes nothing.
cp "$work/one.key" "$work/shown.key"
asked 422 -X POST "$admin/reload"; says "use this key with this certificate"
chat 200 --cacert "$work/two.pem" -H 'authorization: Bearer another-token'

kill -s TERM $router_pid
ends_with 0
! grep -rlE "token-of-|another-token|PRIVATE KEY" "$work/log.jsonl" "$work/router.out" "$work/router.err" || fail "a secret was written"
echo "both ways by TLS"
