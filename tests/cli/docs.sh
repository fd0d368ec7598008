#!/usr/bin/env bash
# docs.sh CHAOS [REPEATS]: every command that README and docs show is run; what they show as YAML is read. REPEATS: instead of the
# number a command names after --repeat, for programs whose sanitizers make each run slow.
set -euo pipefail
chaos=$(realpath "$1")
. "$(dirname "$0")/lib.sh"

# Commands are the indented lines that begin with ./chaos or chaos; what follows two blanks and # is said to people.
mapfile -t commands < <(sed -nE 's/^    (\.\/)?chaos ([^#]*[^# ]).*/\2/p' README.md docs/*.md | sort -u)
[ "${#commands[@]}" -ge 8 ] || fail "only ${#commands[@]} commands were found; has the form of the documents changed?"

# They run in a folder of their own that has what they name.
ln -s "$PWD/scenarios" "$work/scenarios"
mkdir -p "$work/docs"
ln -s "$PWD/docs/examples" "$work/docs/examples"
cp docs/examples/router.yaml "$work/config.yaml"
# A server is started as it stands, is awaited, and is ended by Ctrl-C; that is a good end.
serve_and_stop() {
  : >"$work/serve.out"  # or "ready" of the server before could be taken for this one's
  set -m
  "$chaos" "$@" >"$work/serve.out" 2>"$work/serve.err" &
  local server=$! code=0
  set +m
  until grep -qE '^(ready|# ready)' "$work/serve.out"; do
    kill -0 $server 2>/dev/null || fail "chaos $* ended: $(cat "$work/serve.err")"
  done
  kill -s INT $server
  wait $server || code=$?
  [ "$code" -eq 0 ] || fail "chaos $*: exit code $code after Ctrl-C"
}

# What else is shown as a command is something that is there: a script, a preset, a target. (Blocks of other things begin otherwise.)
others=0
while IFS= read -r command; do
  while IFS= read -r part; do
    read -ra words <<<"$part"
    case "${words[0]:-}" in
      tests/bench/*.sh)
        [ -x "${words[0]}" ] || fail "there is no ${words[0]}"
        # Its options are those that its second line names.
        for word in "${words[@]:1}"; do [[ $word != --* ]] || grep -qF -- "[$word" "${words[0]}" || fail "${words[0]} has no $word"; done
        ;;
      build/*/tests/bench/bench_*) grep -qF "chaos_bench(${words[0]##*/bench_} " tests/bench/CMakeLists.txt || fail "there is no target for ${words[0]}" ;;
      build/*/tests/fuzz/fuzz_*) [ -e "tests/fuzz/${words[0]##*/}.cpp" ] || fail "there is no ${words[0]##*/}" ;;
      build/*/tests/test_*) grep -qE "^chaos_test\\(${words[0]##*/test_}( |\\))" tests/CMakeLists.txt || fail "there is no target for ${words[0]}" ;;
      cmake | ctest) [[ $part != *--preset* ]] || grep -qF "\"name\": \"$(sed -E 's/.*--preset ([a-z]+).*/\1/' <<<"$part")\"" CMakePresets.json || fail "no such preset: $part" ;;
      ./check) [ -x check ] || fail "there is no ./check" ;;
      ./chaos | chaos | ninja | mkdir | apt-get) ;;
      *) continue ;;
    esac
    others=$((others + 1))
  done < <(sed 's/ && /\n/g' <<<"$command")
done < <(sed -nE 's/^    ((tests|build)\/[^#]*[^# ]|(cmake|ctest|ninja|mkdir|apt-get|\.\/check)( [^#]*[^# ])?).*/\1/p' README.md CONTRIBUTING.md docs/*.md)
[ "$others" -ge 15 ] || fail "only $others other commands were found; has the form of the documents changed?"

cd "$work"
expect_exit 0 "$chaos" run --simulate scenarios/outage.yaml   # so that runs/latest is there

for command in "${commands[@]}"; do
  case "$command" in
    # What takes minutes on real sockets is run in simulation here; the tests of the real world run it as it stands.
    run*) [[ $command == *--simulate* ]] || command="$command --simulate" ;;
    # A server does not end by itself: its configuration is read.
    "router --check"*) ;;
    router*) command="router --check ${command#router }" ;;
  esac
  [ -z "${2:-}" ] || command=$(sed -E "s/--repeat [0-9]+/--repeat $2/" <<<"$command")
  read -ra words <<<"$command"
  if [ "${words[0]}" = serve ]; then
    serve_and_stop "${words[@]}"
  else
    expect_exit 0 "$chaos" "${words[@]}"
  fi
done

cd - >/dev/null
# Each ```yaml block of the documents is a scenario or a router configuration that is read without complaint.
blocks=0
for page in README.md docs/scenarios.md docs/router.md docs/dependencies.md; do
  awk -v out="$work/block" '/^```yaml$/ {n++; on=1; next} /^```$/ {on=0} on {print > (out n ".yaml")}' "$page"
  for block in "$work"/block*.yaml; do
    [ -e "$block" ] || continue
    if grep -q '^dependencies:$' "$block"; then
      expect_exit 0 "$chaos" dependencies --check "$block"
    elif grep -q '^listen:' "$block"; then
      FIRST_API_KEY=a SECOND_API_KEY=b expect_exit 0 "$chaos" router --check "$block"
    else
      expect_exit 0 "$chaos" validate "$block"
    fi
    blocks=$((blocks + 1))
    rm "$block"
  done
done
# So is each example of one.
for example in docs/examples/router*.yaml; do
  FIRST_API_KEY=a SECOND_API_KEY=b AGENTS_TOKEN=c NOTEBOOK_TOKEN=d expect_exit 0 "$chaos" router --check "$example"
done
# And what the unit for systemd starts is what there is.
for command in $(sed -nE 's/^Exec(StartPre|Start|Reload)=\/usr\/bin\/chaos ([a-z]+).*/\2/p' docs/examples/chaos-router.service); do
  expect_exit 0 "$chaos" "$command" --help
done
[ "$blocks" -ge 3 ] || fail "only $blocks YAML blocks were found"
