#!/usr/bin/env bash
# tls.sh CHAOS: `chaos serve` behind https, with OpenSSL's own client and curl as judges of every handshake.
set -euo pipefail
chaos=$1
. "$(dirname "$0")/lib.sh"

cat >"$work/mocks.yaml" <<'YAML'
providers:
  good:        {model: gpt-4o, tls: true, pace: {first_token: 1ms, between_tokens: 0ms}}
  stalled:     {model: gpt-4o, tls: true}
  refused:     {model: gpt-4o, tls: true}
  plain:       {model: gpt-4o, tls: true}
  expired:     {model: gpt-4o, tls: true}
  misnamed:    {model: gpt-4o, tls: true}
  unknown:     {model: gpt-4o, tls: true}
  self_signed: {model: gpt-4o, tls: true}
faults:
  - {target: stalled, inject: {tls: {handshake: stall}}}
  - {target: refused, inject: {tls: {handshake: refuse}}}
  - {target: plain, inject: {tls: {handshake: plain_http}}}
  - {target: expired, inject: {tls: {certificate: expired}}}
  - {target: misnamed, inject: {tls: {certificate: wrong_name}}}
  - {target: unknown, inject: {tls: {certificate: unknown_ca}}}
  - {target: self_signed, inject: {tls: {certificate: self_signed}}}
YAML
exec {server}< <(exec "$chaos" serve "$work/mocks.yaml" --history "$work/history.jsonl" 2>"$work/err")
pid=$!
trap 'kill $pid 2>/dev/null || true; rm -rf "$work"' EXIT
declare -A url
authority=
while read -r -t 20 name _ _ address <&"$server" && [ "$name" != ready: ]; do
  case "$address" in http://* | https://*) url[$name]=$address ;; esac
  [ "$name" != authority ] || authority=$address
done
[ -s "$authority" ] || fail "there is no file with the authority's certificate"

# The authority's and the server's certificates, as a stranger reads them.
openssl x509 -in "$authority" -noout -text >"$work/out"
says "CA:TRUE"; says "ecdsa-with-SHA256"; says "Certificate Sign"
connected() { # PROVIDER OPTION...: what OpenSSL's client says of it
  openssl s_client -connect "${url[$1]#https://}" -CAfile "$authority" -verify_return_error "${@:2}" </dev/null >"$work/out" 2>&1
}
connected good -servername localhost -verify_hostname localhost -alpn h2,http/1.1 || fail "a good handshake"
says "Verification: OK"; says "ALPN protocol: http/1.1"; says "TLSv1.3"
connected good -verify_ip 127.0.0.1 -tls1_2 || fail "TLS 1.2"
says "Verification: OK"
! connected good -alpn h2 || fail "HTTP/2 alone was accepted"
says "no application protocol"
! connected good -tls1_1 -cipher 'ALL:@SECLEVEL=0' || fail "TLS 1.1 was accepted"

chat=(-d '{"model":"gpt-4o","messages":[{"role":"user","content":"hello"}]}')
# curl_exit CODE PROVIDER OPTION...: what curl makes of it; its words are in $work/err.
curl_exit() { expect_exit "$1" curl -sS -m 20 --cacert "$authority" "${@:3}" "${chat[@]}" "${url[$2]}/v1/chat/completions"; }
curl_exit 0 good; says '"object":"chat.completion"'
curl_exit 60 expired; says "certificate has expired"
curl_exit 60 misnamed; says "127.0.0.1"
curl_exit 60 unknown; says "unable to get local issuer certificate"
curl_exit 60 self_signed; says "self-signed certificate"
curl_exit 35 refused; says "handshake failure"
curl_exit 35 plain; says "wrong version number"
curl_exit 28 stalled -m 1
curl_exit 0 expired --insecure; says '"object":"chat.completion"'

# The router on its own reaches providers behind https, if it is to trust them.
through_router() { # EXPECTED_STATUS ENVIRONMENT...
  cat >"$work/router.yaml" <<YAML
listen: 127.0.0.1:0
providers:
  good: {base_url: "${url[good]}/v1", model: gpt-4o}
router: {models: {agent: [good]}}
YAML
  local words address status
  exec {router}< <(exec env "${@:2}" "$chaos" router "$work/router.yaml" 2>"$work/router.err")
  local router_pid=$!
  read -r -t 20 -a words <&"$router" || fail "the router did not start: $(cat "$work/router.err")"
  address=${words[2]}
  status=$(curl -s -m 20 -o "$work/out" -w '%{http_code}' -d '{"model":"agent","messages":[{"role":"user","content":"hi"}]}' "$address/chat/completions")
  kill $router_pid
  [ "$status" = "$1" ] || fail "through the router: status $status instead of $1"
}
through_router 200 "SSL_CERT_FILE=$authority"; says '"object":"chat.completion"'
through_router 502 "SSL_CERT_FILE=/dev/null"; stays_silent_about '"object":"chat.completion"'

happened() { # PATTERN...: one event of the history has them all
  local found
  found=$(cat "$work/history.jsonl")
  for pattern in "$@"; do found=$(grep -F -- "$pattern" <<<"$found" || true); done
  [ -n "$found" ] || fail "not in the history: $*"
}
happened fault_delivered '"provider":"expired"' "the client refused it: alert 45, certificate expired"
happened fault_delivered '"provider":"expired"' "the client completed the handshake"
happened fault_delivered '"provider":"self_signed"' "the client refused it: alert 48, unknown CA"
happened fault_delivered '"provider":"plain"' "then a 400 in plain HTTP"
happened fault_delivered '"provider":"refused"' "then alert 40, handshake failure"
happened fault_delivered '"provider":"stalled"' "then silent for " "until the client left"

kill $pid
wait $pid || true
[ ! -e "$authority" ] || fail "the authority's file is left behind"
! grep -rqF "PRIVATE KEY" "$work" || fail "a key was written"
echo "every handshake was judged"
