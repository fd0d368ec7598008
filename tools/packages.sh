# Debian packages this project needs, and how they are had. Sourced by ./chaos and ./check.

build_packages=(
  g++ cmake ninja-build pkg-config ccache mold
  libboost1.81-dev libcpp-httplib-dev nlohmann-json3-dev libyaml-cpp-dev libgtest-dev libbenchmark-dev
  libfmt-dev libspdlog-dev libcli11-dev libsqlite3-dev libssl-dev libpugixml-dev zlib1g-dev libsimdjson-dev libgoogle-perftools-dev
)
# ./check also compiles with clang, its sanitizers and its fuzzer, validates JUnit files, and drives official clients that come
# as npm packages.
check_packages=(clang libclang-rt-14-dev libxml2-utils npm curl)

# missing_packages NAME...: those of the named packages that are not installed, one per line.
missing_packages() {
  local name
  for name in "$@"; do
    # npm also comes with other distributions of Node than Debian's: what counts is the command.
    [ "$name" = npm ] && command -v npm >/dev/null && continue
    dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || echo "$name"
  done
}

# install_packages NAME...: says what it will install and how, asks when a person is at the terminal, and installs.
install_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -eq 0 ] && return 0
  if ! command -v apt-get >/dev/null; then
    echo "These Debian 12 packages (or what your system calls them) are needed and apt-get is not here to install them:" >&2
    printf '  %s\n' "${missing[@]}" >&2
    return 4
  fi
  local as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  echo "chaos needs ${#missing[@]} more Debian package(s):" >&2
  printf '  %s\n' "${missing[@]}" | fmt -w 100 >&2
  echo "They will be installed with: ${as_root[*]} apt-get install --no-install-recommends" >&2
  if [ -t 0 ] && [ -t 2 ]; then
    local answer
    read -r -p "Install them now? [Y/n] " answer >&2
    case "$answer" in "" | [yY]*) ;; *) echo "Nothing was installed." >&2; return 4 ;; esac
  fi
  "${as_root[@]}" apt-get update -qq >&2 &&
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" \
      >"${TMPDIR:-/tmp}/chaos-apt.log" 2>&1 || {
    echo "Installing failed; the end of ${TMPDIR:-/tmp}/chaos-apt.log:" >&2
    tail -n 5 "${TMPDIR:-/tmp}/chaos-apt.log" >&2
    return 4
  }
}
