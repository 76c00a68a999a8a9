#!/usr/bin/env bash
# Runs examples/cto-external-usage.ts, and the exact commands of the README's quick start over HTTP, against one `cto start`
# in a new CTO_HOME.
set -euo pipefail
cd "$(dirname "$0")/.."

export CTO_HOME; CTO_HOME=$(mktemp -d)
export CTO_HTTP_PORT=0
log=$CTO_HOME/start.log
cto() { node --import tsx src/cli/main.ts "$@"; }
# We do not call the function here: a signal would end only its subshell, and the server would keep running.
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

timeout 300 node --import tsx examples/cto-external-usage.ts || { cat "$log"; exit 1; }

# The steps are the code block after the mark.
steps=$(awk '/^<!-- quick start -->$/ { on = 1; next } on && /^```$/ { exit } on && !/^```bash$/ { print }' README.md)
[ -n "$steps" ] || { echo "README.md has no quick start"; exit 1; }

API=$(awk '$1 == "HTTP" { print $2 }' "$log")
npx() { shift; cto "$@"; } # We run the sources, so that no build is needed.
eval "$steps" > "$CTO_HOME/quick-start.log" || { cat "$CTO_HOME/quick-start.log" "$log"; exit 1; }

curl -sS --fail-with-body "$API/r/$ID.json" |
  jq -e '.status == "completed" and (.legs | length) == 3' > /dev/null || { cat "$CTO_HOME/quick-start.log"; exit 1; }
echo "quick start: operation $ID completed, its receipt has three wallets"
