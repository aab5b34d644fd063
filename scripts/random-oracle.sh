#!/usr/bin/env bash
# Asks Segue and a private PostgreSQL 15 the same random queries: QUERIES of them (10000), from SEED on.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -z "${SEGUE_ORACLE:-}" ]; then
	exec scripts/with-postgres.sh "$0"
fi
dir=$(mktemp -d)
port=$((20000 + RANDOM % 20000))
bin/segue serve --data "$dir/data" --listen "127.0.0.1:$port" --admin "127.0.0.1:0" >"$dir/log" 2>&1 &
server=$!
trap 'kill $server; wait $server || true; rm -rf "$dir"' EXIT
for _ in $(seq 50); do
	psql -h 127.0.0.1 -p "$port" -d segue -c 'SELECT 1' >/dev/null 2>&1 && break
	sleep 0.2
done
go run ./compat/random -segue "postgres://127.0.0.1:$port/segue?sslmode=disable" -postgres "$SEGUE_ORACLE" \
	-queries "${QUERIES:-10000}" ${SEED:+-seed "$SEED"}
