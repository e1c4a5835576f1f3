# Shared by the scripts here: a gateway over fake carriers on free ports, in a directory that is thrown away.
#
# Sourced, not run. Sets ROOT, WORK (the directory), and after `serve` also PROGRAM, URL and CONTROL. Tools come from PyPI
# and npm into WORK; CLIENT_TOOLS names a directory to keep them in from one run to the next.

set -euo pipefail

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
WORK="$(mktemp -d)"
TOOLS="${CLIENT_TOOLS:-$WORK/tools}"
SERVER=""
PROGRAM="${TRUNKLINE:-}"
mkdir -p "$TOOLS"

clean_up() {
  [ -z "$SERVER" ] || kill "$SERVER" 2>/dev/null || true
  rm -rf "$WORK"
}
trap clean_up EXIT

# Ends with one line, and well, where a program is missing.
need() {
  for program in "$@"; do
    command -v "$program" >/dev/null || { echo "skipped: there is no $program here"; exit 0; }
  done
}

# Starts the gateway. TRUNKLINE names the program; it is built if none is named.
serve() {
  if [ -z "$PROGRAM" ]; then
    (cd "$ROOT" && cargo build --quiet -p trunkline-cli)
    PROGRAM="$(cd "$ROOT" && cargo metadata --format-version 1 --no-deps |
      sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/debug/trunkline"
  fi
  (cd "$WORK" && exec "$PROGRAM" serve --sandbox --listen 127.0.0.1:0 --port-base 0 >served 2>log) &
  SERVER=$!
  for _ in $(seq 300); do
    URL="$(sed -n 's/.*listens on \(http:[^ ]*\).*/\1/p' "$WORK/served" 2>/dev/null || true)"
    CONTROL="$(sed -n 's/^ *control *\(http:[^ ]*\).*/\1/p' "$WORK/served" 2>/dev/null || true)"
    [ -z "$URL" ] || [ -z "$CONTROL" ] || return 0
    kill -0 "$SERVER" 2>/dev/null || break
    sleep 0.1
  done
  cat "$WORK/log" >&2
  echo "the gateway does not start" >&2
  return 1
}

# Stops it, and forgets what it knew.
stop() {
  kill "$SERVER"
  wait "$SERVER" || true
  SERVER=""
  rm -f "$WORK"/*.db* "$WORK/served"
}

# Makes a Python environment with these packages, unless it is there.
python_env() {
  local env="$TOOLS/$1"
  shift
  if [ ! -e "$env/ready" ]; then
    python3 -m venv "$env"
    "$env/bin/pip" install --quiet --disable-pip-version-check "$@"
    touch "$env/ready"
  fi
}

# Installs these packages from npm, unless they are there.
node_modules() {
  local modules="$TOOLS/$1"
  shift
  if [ ! -e "$modules/ready" ]; then
    mkdir -p "$modules"
    (cd "$modules" && npm init -y >/dev/null && npm install --no-audit --no-fund --loglevel=error "$@" >/dev/null)
    touch "$modules/ready"
  fi
}
