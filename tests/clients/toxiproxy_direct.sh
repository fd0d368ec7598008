#!/usr/bin/env bash
# toxiproxy_direct.sh CHAOS: the Toxiproxy client for Node spoils a provider's connections, and those of a proxy it makes.
set -euo pipefail
chaos=$1
. "$(dirname "$0")/lib.sh"

serve_options=(--toxiproxy-port 0)
start_mocks "$here/toxiproxy_direct.yaml"
export TOXIPROXY_URL=${url[toxiproxy]} PROVIDER_URL=${url[primary_llm]}
run_client toxiproxy_direct.mjs

# within NAME STATUS LEAST_MS: the request had that status, and took at least so long.
within() {
  "$node" -e '
    const [result, name, status, least] = [JSON.parse(process.argv[1]), ...process.argv.slice(2)];
    const felt = result[name];
    if (String(felt.status) !== status || felt.ms < Number(least)) {
      console.error(`${name}: ${JSON.stringify(felt)}, expected ${status} after at least ${least}ms`);
      process.exit(1);
    }' "$result" "$@" || fail "$1"
}
has '"upstream":"chaos"'
has '"healthy":200'
within latency 200 270
within bandwidth 200 300
within slicer 200 100
within slow_close 200 0
within forever timeout 300
within timeout UND_ERR_SOCKET 100
within upwards timeout 300
within limit_data UND_ERR_SOCKET 0
within reset_peer ECONNRESET 50
within unlikely 200 0
within down ECONNREFUSED 0
has '"up_again":200'
has '"name":"latency_downstream"'
has '"name":"timeout_upstream"'
has '"changed":250'
within changed_lag 200 240
has '"forwarded":200'
has '"forwarded_reset":"ECONNRESET"'
has '"proxies":["own","primary_llm"]'
has '"removed":"ECONNREFUSED"'
has '"populated":[true,false,200]'
has '"refused":"Request failed with status code 400"'
happened fault_delivered '"fault":"latency_downstream"' 'held for up to'
happened fault_delivered '"fault":"limit_data_downstream"' 'FIN after 50 bytes down'
happened fault_delivered '"fault":"reset_peer_downstream"' 'RST after'
echo "the Toxiproxy client finished: $result"
