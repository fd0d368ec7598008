# What the tests of `chaos router` share: mocks and a router in front of them, each awaited. Sourced after lib.sh.
pids=()
cleanup() {
  for pid in "${pids[@]}"; do kill -9 "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap cleanup EXIT
declare -A url  # of the mocks, by name

# start_mocks FILE: `chaos serve` it; their addresses are then in ${url[NAME]}.
start_mocks() {
  exec {mocks_out}< <(exec "$chaos" serve "$1" --history "$work/history.jsonl" 2>"$work/mocks.err")
  pids+=($!)
  local name address
  while read -r -t 60 name _ _ address <&"$mocks_out" && [ "$name" != ready: ]; do
    case "$address" in http*) url[$name]=$address ;; esac
  done
  [ "$name" = ready: ] || fail "the mocks did not start: $(cat "$work/mocks.err")"
}

# start_router FILE: its address is then $router, its admin port $admin, its process $router_pid; what it says goes to
# $work/router.out and $work/router.err.
start_router() {
  : >"$work/router.out"
  "$chaos" router "$1" >"$work/router.out" 2>"$work/router.err" &
  router_pid=$!
  pids+=($router_pid)
  until grep -q "^listening on " "$work/router.out"; do
    kill -0 $router_pid 2>/dev/null || fail "the router did not start: $(cat "$work/router.err")"
  done
  router=$(sed -n 's/^listening on //p' "$work/router.out")
  admin=
  if grep -q '^admin:' "$1"; then
    until grep -q "^admin on " "$work/router.out"; do :; done
    admin=$(sed -n 's/^admin on //p' "$work/router.out")
  fi
}

# await FILE PATTERN: until the file has it; the router must be alive meanwhile.
await() {
  until grep -qE -- "$2" "$1" 2>/dev/null; do
    kill -0 $router_pid 2>/dev/null || grep -qE -- "$2" "$1" || fail "the router ended; expected in $1: $2"
  done
}

# asked EXPECTED_STATUS CURL_ARGUMENT...: the body is then in $work/out, the head in $work/head.
asked() {
  local status
  status=$(curl -s -m 60 -o "$work/out" -D "$work/head" -w '%{http_code}' "${@:2}")
  [ "$status" = "$1" ] || fail "curl ${*:2}: status $status instead of $1"
}
chat() { # EXPECTED_STATUS [CURL_ARGUMENT...]: one plain request
  asked "$1" "${@:2}" -H 'content-type: application/json' -d '{"model":"agent","messages":[{"role":"user","content":"hello"}]}' "$router/chat/completions"
}
request_id() { tr -d '\r' <"$work/head" | sed -n 's/^x-request-id: //Ip'; }

# ends_with CODE: the router's exit code, awaited.
ends_with() {
  local code=0
  wait $router_pid || code=$?
  [ "$code" -eq "$1" ] || { cat "$work/router.err"; fail "the router's exit code is $code instead of $1"; }
}
