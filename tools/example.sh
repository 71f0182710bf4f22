#!/usr/bin/env bash
# Writes the demo's answer of now into README.md and docs/api.md: run it after a change of the engine.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
work=$(mktemp -d)
./cantor demo --data "$work/data" --urls http://127.0.0.1:0 >"$work/log" 2>&1 &
demo=$!
trap 'kill "$demo" 2>/dev/null || true; wait "$demo" 2>/dev/null || true; rm -rf "$work"' EXIT
address=
until [ -n "$address" ]; do
  kill -0 "$demo" 2>/dev/null || { cat "$work/log" >&2; exit 1; }
  sleep 0.2
  address=$(sed -n 's/^ *Serving at \(http[^ ]*\) until.*/\1/p' "$work/log")
done
curl -fsS "$address/v1/collections/dotnet/items/System.Net.Http.HttpClient/related?limit=1&explain=true" |
  sed 's/,"items":/,\n "items":/; s/,"reasons":/,\n   "reasons":/; s/},{"signal"/},\n     {"signal"/g; s/,"because":/,\n   "because":/; s/,"fields":/,\n   "fields":/; s/},{"kind"/},\n       {"kind"/g; s/,"missing":/,\n "missing":/; $a\' >"$work/answer"
for page in README.md docs/api.md; do
  awk -v answer="$work/answer" '
    /^```json$/ { print; while ((getline line < answer) > 0) print line; close(answer); inside = 1; next }
    /^```$/ { inside = 0 }
    !inside' "$page" >"$work/page"
  cat "$work/page" >"$page"
done
