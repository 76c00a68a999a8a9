#!/usr/bin/env bash
# Runs examples/cto-external-usage.ts against `cto start`, in a new CTO_HOME.
set -euo pipefail
cd "$(dirname "$0")/.."

export CTO_HOME; CTO_HOME=$(mktemp -d)
export CTO_HTTP_PORT=0
log=$CTO_HOME/start.log
node --import tsx src/cli/main.ts start --port 0 > "$log" 2>&1 &
server=$!
finish() {
  kill -TERM "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  rm -rf "$CTO_HOME"
}
trap finish EXIT

until grep -q '^Ready' "$log"; do
  kill -0 "$server" 2>/dev/null || { cat "$log"; exit 1; }
  sleep 0.5
done
timeout 180 node --import tsx examples/cto-external-usage.ts || { cat "$log"; exit 1; }
